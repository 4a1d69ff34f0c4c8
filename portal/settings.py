"""Settings, from the environment alone. portal/deploy/VARIABLES.md lists every variable."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import dj_database_url
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from consents.core import keys
from portal import brand, environment

BASE_DIR = Path(__file__).resolve().parent.parent
PORTAL_VAR = environment.read_folder("PORTAL_VAR", BASE_DIR / "var")
PORTAL_MODE = environment.read_choice("PORTAL_MODE", "production", {"production", "demo", "test"})
DEMO = PORTAL_MODE == "demo"
DEBUG = False

# Who we are, as people read it.
PORTAL_COMPANY = environment.read_text("PORTAL_COMPANY", "Harbour & Pine Outfitters" if DEMO else "Example Co")
PORTAL_COLOUR = brand.check_colour("PORTAL_COLOUR", environment.read_text("PORTAL_COLOUR", "#0b4f6c"), brand.ON_LIGHT)
PORTAL_COLOUR_DARK = brand.check_colour(
    "PORTAL_COLOUR_DARK", environment.read_text("PORTAL_COLOUR_DARK", "#8fd0ee"), brand.ON_DARK
)
PORTAL_LOGO = brand.check_logo("PORTAL_LOGO", environment.read_text("PORTAL_LOGO"))
PORTAL_PHONE = environment.read_phone("PORTAL_PHONE", "0800 555 0100" if DEMO else "") or _(
    "the phone number on your contract"
)
PORTAL_HOURS = environment.read_text("PORTAL_HOURS") or (_("Monday to Friday, 9:00 to 17:00") if DEMO else "")
PORTAL_EMAIL = environment.read_text("PORTAL_EMAIL", f"privacy@{'harbourandpine.example' if DEMO else 'example.com'}")
# Who is told of a weakness of the portal (RFC 9116).
PORTAL_SECURITY_CONTACT = environment.read_text("PORTAL_SECURITY_CONTACT") or f"mailto:{PORTAL_EMAIL}"
if not re.fullmatch(r"(mailto:|https://|tel:)[^\s]+", PORTAL_SECURITY_CONTACT):
    raise ImproperlyConfigured("PORTAL_SECURITY_CONTACT begins with mailto:, https:// or tel:.")
PORTAL_ADDRESS = environment.read_text("PORTAL_ADDRESS", "1 Example Street, Dublin")
PORTAL_COUNTRY = environment.read_text("PORTAL_COUNTRY", "IE")
if not re.fullmatch("[A-Z]{2}", PORTAL_COUNTRY):
    raise ImproperlyConfigured("PORTAL_COUNTRY is two capital letters, as in ISO 3166: DE, IE, US.")
# For the register of processing (GDPR Art 30(1)(a)).
PORTAL_DPO = environment.read_text("PORTAL_DPO", PORTAL_EMAIL)
PORTAL_REPRESENTATIVE = environment.read_text("PORTAL_REPRESENTATIVE")
# Who hears complaints about us in our own country, where the table (consents.law.authorities) does not say it.
PORTAL_AUTHORITY = environment.read_text("PORTAL_AUTHORITY").strip()
if PORTAL_AUTHORITY and not re.fullmatch(r"((?!https?:)[^\r\n])+(https://[^\s,;]+)?", PORTAL_AUTHORITY):
    raise ImproperlyConfigured(
        "PORTAL_AUTHORITY is one line: name, postal address, telephone, and last, if at all, the address with https://."
    )
PORTAL_URL = environment.read_address("PORTAL_URL", "http://localhost:8000")
PORTAL_TIME_ZONE = environment.read_time_zone("PORTAL_TIME_ZONE", "UTC")

# Limits of the asking (consents/DESIGN.md, rules 6 and 7).
PORTAL_WAIT_AFTER_NO = timedelta(days=environment.read_number("PORTAL_WAIT_AFTER_NO_DAYS", 30))
PORTAL_WAIT_AFTER_SILENCE = timedelta(days=environment.read_number("PORTAL_WAIT_AFTER_SILENCE_DAYS", 7))
# How long the old address of an account can object to a new one.
PORTAL_WAIT_FOR_ADDRESS = timedelta(hours=environment.read_number("PORTAL_WAIT_FOR_ADDRESS_HOURS", 72))
PORTAL_PENDING_PER_STAFF = environment.read_number("PORTAL_PENDING_PER_STAFF", 20, least=1)
PORTAL_PENDING_PER_CUSTOMER = environment.read_number("PORTAL_PENDING_PER_CUSTOMER", 3, least=1)
# The smallest group that a statistic shows. The database refuses less than five, too.
PORTAL_INSIGHT_MINIMUM = environment.read_number("PORTAL_INSIGHT_MINIMUM", 5 if DEMO else 11, least=5)
# A look at any other time is a sign for the compliance officer; without a value every hour is a working hour.
PORTAL_WORKING_HOURS = environment.read_working_hours("PORTAL_WORKING_HOURS")
PORTAL_LOOK_UPS_PER_HOUR = environment.read_number("PORTAL_LOOK_UPS_PER_HOUR", 60, least=1)
PORTAL_STAFF_MFA = environment.read_choice("PORTAL_STAFF_MFA", "off" if DEMO else "required", {"required", "off"})
if PORTAL_STAFF_MFA == "off" and PORTAL_MODE == "production":
    raise ImproperlyConfigured("PORTAL_STAFF_MFA may be off only in the demo.")

# Signing in through the company's own OpenID providers; what is not set does not exist.
STAFF_SIGN_IN = environment.build_sign_in(
    "PORTAL_STAFF_SSO",
    id="staff",
    issuer=environment.read_text("PORTAL_STAFF_SSO_ISSUER"),
    client=environment.read_text("PORTAL_STAFF_SSO_CLIENT"),
    secret=environment.read_secret("PORTAL_STAFF_SSO_SECRET"),
    name=environment.read_text("PORTAL_STAFF_SSO_NAME", PORTAL_COMPANY),
    scopes=environment.read_list("PORTAL_STAFF_SSO_SCOPES", "openid,profile,email"),
    verified=environment.read_text("PORTAL_STAFF_SSO_VERIFIED_CLAIM", "email_verified"),
    groups=environment.read_text("PORTAL_STAFF_SSO_GROUPS_CLAIM", "groups"),
    factors=frozenset(environment.read_list("PORTAL_STAFF_SSO_AMR")),
    levels=frozenset(environment.read_list("PORTAL_STAFF_SSO_ACR")),
    is_only=environment.read_flag("PORTAL_STAFF_SSO_ONLY"),
)
CUSTOMER_SIGN_IN = environment.build_sign_in(
    "PORTAL_CUSTOMER_SSO",
    id="customers",
    issuer=environment.read_text("PORTAL_CUSTOMER_SSO_ISSUER"),
    client=environment.read_text("PORTAL_CUSTOMER_SSO_CLIENT"),
    secret=environment.read_secret("PORTAL_CUSTOMER_SSO_SECRET"),
    name=environment.read_text("PORTAL_CUSTOMER_SSO_NAME", PORTAL_COMPANY),
    scopes=environment.read_list("PORTAL_CUSTOMER_SSO_SCOPES", "openid,email"),
    verified=environment.read_text("PORTAL_CUSTOMER_SSO_VERIFIED_CLAIM") or "email_verified",
    reference=environment.read_text("PORTAL_CUSTOMER_SSO_REFERENCE_CLAIM"),
)
if CUSTOMER_SIGN_IN and not CUSTOMER_SIGN_IN.reference:
    raise ImproperlyConfigured(
        "PORTAL_CUSTOMER_SSO_REFERENCE_CLAIM names the claim with the customer's number: an address alone finds nobody."
    )
PORTAL_SIGN_INS = {sign_in.id: sign_in for sign_in in (STAFF_SIGN_IN, CUSTOMER_SIGN_IN) if sign_in}
# What the members of the provider's groups are here; the first group of several counts.
PORTAL_STAFF_GROUPS = environment.read_places(
    "PORTAL_STAFF_GROUPS", environment.read_json_object("PORTAL_STAFF_GROUPS", {})
)
# Who may tell of staff by SCIM: SHA-256 of one token, or of two while one follows the other.
PORTAL_PROVISIONING_TOKENS = environment.read_token_hashes(
    "PORTAL_PROVISIONING_TOKENS", environment.read_list("PORTAL_PROVISIONING_TOKENS")
)
PORTAL_SYSTEMS = environment.read_systems("PORTAL_SYSTEMS", is_demo=DEMO)  # who may ask for decisions

# Where `import_customers` asks the query of a mapping.
PORTAL_IMPORT_DATABASE = environment.read_secret("PORTAL_IMPORT_DATABASE")

# How easily a text of the catalogue must be read: Flesch's scale, 60 is what a child of thirteen reads.
PORTAL_READING_EASE = environment.read_number("PORTAL_READING_EASE", 60, most=100)

# The database: given by address, or embedded in PORTAL_VAR.
DATABASE_URL = environment.read_secret("DATABASE_URL")
EMBEDDED = not DATABASE_URL
ENGINE = "consents.ops.postgres"
# Measured: twenty times as many requests as with Django's defaults. The name of a savepoint never comes a second time.
PREPARED = {"server_side_binding": True, "prepare_threshold": 1}


def build_connection(address: str, user: str) -> dict[str, Any]:
    """Build the connection settings of a role; an empty address means the embedded server."""
    if not address:
        return {"ENGINE": ENGINE, "NAME": "portal", "USER": user, "EMBEDDED": PORTAL_VAR}
    try:
        return dict(dj_database_url.parse(address, engine=ENGINE))
    except (ValueError, dj_database_url.UnknownSchemeError) as reason:
        raise ImproperlyConfigured(
            "DATABASE_URL and DATABASE_OWNER_URL look like postgres://role:password@host:5432/portal."
        ) from reason


def build_own_connection(variable: str, user: str) -> dict[str, Any] | None:
    """Build that of a role with an address of its own; None without one, unless the server is the embedded one."""
    address = environment.read_secret(variable)
    return build_connection(address, user) if EMBEDDED or address else None


APPLICATION = build_connection(DATABASE_URL, "portal_app")
DATABASES = {
    "default": APPLICATION
    # What the address asks for, such as sslmode, stays.
    | {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True, "OPTIONS": APPLICATION.get("OPTIONS", {}) | PREPARED}
}
environment.refuse_addresses_without("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_BACKUP_URL")
# For migrate, set-up and tests alone. Of a migration several statements cannot be prepared, hence no PREPARED here.
DATABASE_OWNER = build_own_connection("DATABASE_OWNER_URL", "portal_owner")
# The folder of pg_dump, pg_restore and psql; otherwise the newest that will do is chosen.
PORTAL_POSTGRES_PROGRAMS = environment.read_optional_path("PORTAL_POSTGRES_PROGRAMS", is_folder=True)
# Used by backup and restore alone, to read everything.
DATABASE_BACKUP = build_own_connection("DATABASE_BACKUP_URL", "portal_backup")

# Made by `manage.py make_keys` or `manage.py demo`, read when first needed: those two start without them.
PORTAL_KEYS = environment.read_folder("PORTAL_KEYS", PORTAL_VAR / "keys")
KEYRING: keys.Keyring = cast(keys.Keyring, keys.UnreadKeyring(lambda: settings.PORTAL_KEYS))
SECRET_KEY: str = cast(str, SimpleLazyObject(lambda: settings.KEYRING.secret_key))
# What was signed before the last `rotate_keys --secret` still counts, until `--drop-secrets`.
SECRET_KEY_FALLBACKS = keys.read_older_secrets(PORTAL_KEYS)

ROOM_NAMES = (
    "core ledger people catalogue notifications training vault systems choices access exemptions decisions disclosures "
    "insights breaches rights copies exports accounts home"
)
ROOMS = [f"consents.{name}" for name in ROOM_NAMES.split()]
INSTALLED_APPS = [
    # Before django.contrib.admin and procrastinate: our templates and commands win.
    "consents",
    *ROOMS,
    "portal.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "procrastinate.contrib.django",
    "django_htmx",
    "heroicons",
]

# Of one web process: its threads, each of which keeps a connection to the database, and how many of them strangers may
# hold at most, that known browsers never wait for them (portal.admission, people.known_browsers).
REQUESTS_AT_ONCE = 12
STRANGERS_AT_ONCE = 3

MIDDLEWARE = [
    "portal.request_log.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    # By cookie and browser; a signed-in customer's own language follows further down.
    "django.middleware.locale.LocaleMiddleware",
    "portal.middleware.CalmMiddleware",
    "consents.accounts.sessions.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "consents.accounts.sessions.EarlyAuthenticationMiddleware",
    "consents.accounts.adapter.RefusalLogMiddleware",
    "consents.accounts.sessions.SessionRenewalMiddleware",
    "consents.people.known_browsers.KnownBrowserMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "consents.people.visitors.VisitorMiddleware",
    "consents.choices.customers.presenting.SignalMiddleware",
    "consents.people.languages.LanguageMiddleware",
    "consents.people.languages.TimeZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.middleware.BegunStreamMiddleware",
]
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
template_loaders = [f"django.template.loaders.{place}.Loader" for place in ("filesystem", "app_directories")]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [("portal.folding.Loader", template_loaders)],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.build_portal_context",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Sign-in.
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["consents.accounts.sessions.Backend"]
PASSWORD_HASHERS = [
    "consents.people.passwords.LimitedArgon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    # NIST SP 800-63B-4: 15 characters where the password stands alone.
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "consents.people.passwords.OwnWordsValidator"},
    {"NAME": "consents.people.passwords.StolenPasswordValidator"},
]
# A sorted list of SHA-1 hashes, as Have I Been Pwned hands it out.
PORTAL_STOLEN_PASSWORDS = environment.read_optional_path("PORTAL_STOLEN_PASSWORDS")
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "consents.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "consents.accounts.pages.SignInForm",
    "add_email": "consents.accounts.pages.NewAddressForm",
    "change_email": "consents.accounts.pages.ChangedAddressForm",
    "change_password": "consents.accounts.pages.ChangedPasswordForm",
    "confirm_email_verification_code": "consents.accounts.pages.AddressCodeForm",
    "confirm_login_code": "consents.accounts.pages.MailedCodeForm",
    "confirm_password_reset_code": "consents.accounts.pages.PasswordCodeForm",
    "reauthenticate": "consents.accounts.pages.PasswordAgainForm",
    "request_login_code": "consents.accounts.pages.RequestCodeForm",
    "reset_password": "consents.accounts.pages.ResetForm",
    "reset_password_from_key": "consents.accounts.pages.ForgottenPasswordForm",
    "set_password": "consents.accounts.pages.FirstPasswordForm",
    "signup": "consents.accounts.pages.SignUpForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
# Without password1 allauth's sign-in form has no password either; account_forms.SignUpForm leaves it out.
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 600
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600  # mail is slow (WCAG 2.2.1)
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_MAX_EMAIL_ADDRESSES = 2
ACCOUNT_RATE_LIMITS = {
    # Not by address: whoever used that up would keep its owner out (the adapter bounds emails to an address).
    "request_login_code": "20/m/ip",
    "reset_password": "20/m/ip",
    "confirm_email": "20/m/ip",
    "claim": "5/5m/user,20/5m/ip",
    "company_sign_in": "20/m/ip",
    "provisioning": "600/m/ip",
    "token_refused": "20/m/ip",
    "rights": "60/h/ip",
    "collect": "20/5m/ip",
    "check_note": "60/h/user",
    "reauthenticate_code": "3/10m/user,20/d/user",
}  # besides allauth's own, for sign-in and codes
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True  # no mail of ours carries a link that acts
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 600
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if PORTAL_URL.startswith("https:") else "http"
MFA_ADAPTER = "consents.accounts.second_factors.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # a stolen device alone signs nobody in
MFA_RATE_LIMITS = {"webauthn_login": "20/m/ip"}
MFA_FORMS = {
    "activate_totp": "consents.accounts.pages.ActivateAppForm",
    "authenticate": "consents.accounts.pages.SecondFactorForm",
    "reauthenticate": "consents.accounts.pages.SecondFactorAgainForm",
    "add_webauthn": "consents.accounts.second_factors.AddPasskeyForm",
    "authenticate_webauthn": "consents.accounts.second_factors.PasskeyForm",
    "edit_webauthn": "consents.accounts.second_factors.RenamePasskeyForm",
    "login_webauthn": "consents.accounts.second_factors.SignInPasskeyForm",
    "reauthenticate_webauthn": "consents.accounts.second_factors.ProofPasskeyForm",
}
MFA_TOTP_ISSUER = PORTAL_COMPANY
MFA_RECOVERY_CODES_SHOW_ONCE = True
USERSESSIONS_TRACK_ACTIVITY = False
SOCIALACCOUNT_ADAPTER = "consents.accounts.company_sign_in_pages.ProviderAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "provider_class": "consents.accounts.company_sign_in_pages.CompanyProvider",
    }
}
SOCIALACCOUNT_REQUESTS_TIMEOUT = 3  # seconds that a silent provider may hold a thread
# Whose word about the client's address and scheme counts (portal.environment); Django and allauth see the client's own.
PORTAL_PROXIES = environment.read_networks("PORTAL_PROXIES")

# Sessions: in the database; idle time and longest life are kept by people.visitors, which saves once a minute. The row
# outlives them, so that a form which comes too late still has a sender who finds it again after signing in.
SESSION_ENGINE = "consents.accounts.sessions"
SESSION_COOKIE_AGE = 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
CSRF_FAILURE_VIEW = "portal.views.show_csrf_failure"

# The demo speaks plain http on this machine; everywhere else https is assumed.
SECURE = PORTAL_MODE == "production"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE
SESSION_COOKIE_NAME = "__Host-portal" if SECURE else "portal"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
LANGUAGE_COOKIE_NAME = "__Host-language" if SECURE else "language"
KNOWN_COOKIE_NAME = "__Host-known" if SECURE else "known"
SECURE_SSL_REDIRECT = environment.read_flag("PORTAL_REDIRECT_TO_HTTPS", True) and SECURE
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^access/", r"^scim/"]  # a token in clear is refused instead
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
# Preloading binds every subdomain for months: only where somebody asks for it.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SECURE_HSTS_PRELOAD = environment.read_flag("PORTAL_HSTS_PRELOAD") and SECURE
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
ALLOWED_HOSTS = environment.read_list("PORTAL_HOSTS", "localhost,127.0.0.1,[::1]" if not SECURE else "localhost")
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured("PORTAL_HOSTS names no host: every page would answer 400.")
CSRF_TRUSTED_ORIGINS = [PORTAL_URL] if SECURE else []
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
}

# Size of what a browser may send: of a form, and of files that officers add to a copy, which lie on no disk on the way.
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 300
PORTAL_COPY_FILE_MB = environment.read_number("PORTAL_COPY_FILE_MB", 25, least=1, most=1000)
PORTAL_SCANNER = environment.read_scanner("PORTAL_SCANNER")
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = PORTAL_COPY_FILE_MB * 1024 * 1024 + DATA_UPLOAD_MAX_MEMORY_SIZE

# Shared by all workers, survives restarts, and forgets by time alone: no attack evicts a rate limit.
CACHES = {"default": {"BACKEND": "consents.ops.postgres.cache.ExpiringCache", "LOCATION": "portal_cache"}}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("es", "Español")]
FORMAT_MODULE_PATH = ["portal.formats"]
# Words of the catalogue exist in each of these before a customer reads any of them; the first is written first.
PORTAL_LANGUAGES = environment.read_list("PORTAL_LANGUAGES", "en,de,es")
if not PORTAL_LANGUAGES or not set(PORTAL_LANGUAGES) <= {code for code, _name in LANGUAGES}:
    raise ImproperlyConfigured(f"PORTAL_LANGUAGES names languages of these: {', '.join(dict(LANGUAGES))}.")
LOCALE_PATHS = [BASE_DIR / "portal" / "locale"]
TIME_ZONE = PORTAL_TIME_ZONE  # how moments are shown; they are stored in UTC

STATIC_URL = "static/"
STATIC_ROOT = PORTAL_VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Signed checkpoints of the ledger lie outside the database: in a folder, or in any storage Django knows.
CHECKPOINTS_BACKEND = environment.read_text("PORTAL_CHECKPOINTS_BACKEND", "django.core.files.storage.FileSystemStorage")
# What closed something, outside the database too: a restored backup must not bring it back.
PORTAL_JOURNAL = environment.read_folder("PORTAL_JOURNAL", PORTAL_VAR / "journal")
JOURNAL_BACKEND = environment.read_text("PORTAL_JOURNAL_BACKEND")
# Finished exports, sealed, until they are forgotten.
PORTAL_EXPORTS = environment.read_folder("PORTAL_EXPORTS", PORTAL_VAR / "exports")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    "checkpoints": {
        "BACKEND": CHECKPOINTS_BACKEND,
        "OPTIONS": environment.read_json_object(
            "PORTAL_CHECKPOINTS_OPTIONS",
            {"location": str(PORTAL_VAR / "checkpoints")} if "FileSystem" in CHECKPOINTS_BACKEND else {},
        ),
    },
}
JOURNAL_OPTIONS = environment.read_json_object("PORTAL_JOURNAL_OPTIONS", {})
if JOURNAL_BACKEND:  # else one file in PORTAL_JOURNAL
    STORAGES["journal"] = {"BACKEND": JOURNAL_BACKEND, "OPTIONS": JOURNAL_OPTIONS}
EXPORTS_BACKEND = environment.read_text("PORTAL_EXPORTS_BACKEND")
EXPORTS_OPTIONS = environment.read_json_object("PORTAL_EXPORTS_OPTIONS", {})
if EXPORTS_BACKEND:  # else in PORTAL_EXPORTS alone
    STORAGES["exports"] = {"BACKEND": EXPORTS_BACKEND, "OPTIONS": EXPORTS_OPTIONS}

# Mail: the demo keeps its mail in a folder, readable at /demo/mail/.
DEFAULT_FROM_EMAIL = environment.read_text("PORTAL_MAIL_FROM", PORTAL_EMAIL)
PORTAL_MAIL_FOLDER = PORTAL_VAR / "mail"
MAILERS = {
    "default": {
        "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
        "OPTIONS": {"file_path": str(PORTAL_MAIL_FOLDER)},
    }
    if DEMO
    else {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": environment.read_text("PORTAL_SMTP_HOST", "localhost"),
            "port": environment.read_number("PORTAL_SMTP_PORT", 587, least=1, most=65535),
            "username": environment.read_text("PORTAL_SMTP_USER"),
            "password": environment.read_secret("PORTAL_SMTP_PASSWORD"),
            "use_tls": environment.read_flag("PORTAL_SMTP_TLS", True),
            "timeout": 20,
        },
    }
}

PROCRASTINATE_ON_APP_READY = None

PORTAL_LOG_FORMAT = environment.read_choice("PORTAL_LOG_FORMAT", "plain", {"plain", "json"})
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"()": "portal.request_log.PlainFormatter"},
        "json": {"()": "portal.request_log.JSONFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": PORTAL_LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": environment.read_log_level("PORTAL_LOG_LEVEL", "INFO")},
    # Django's own handlers would print request details and mail tracebacks to admins.
    "loggers": {
        "procrastinate": {"level": "WARNING"},
        # A line for each request is for machines.
        "portal.request_log": {"level": "NOTSET" if PORTAL_LOG_FORMAT == "json" else "WARNING"},
        "fido2": {"level": "WARNING"},  # it would name the passkey of each sign-in
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
    },
}

# Every variable that means something here, for `serve` to notice the others.
PORTAL_VARIABLES = frozenset(environment.known)
