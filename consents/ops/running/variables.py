"""Tell of every environment variable: what it sets, and what holds without it. `portal/deploy/VARIABLES.md` is written
from this, and a test keeps it complete."""

from collections.abc import Iterator
from typing import NamedTuple

FILE = "_FILE"


class Group(NamedTuple):
    """Variables of one line of the table, spaces between their `names`. `default`: in words where it is no value."""

    names: str
    default: str
    meaning: str
    may_be_file: bool = False


VARIABLES: dict[str, list[Group]] = {
    "Database": [
        Group(
            "DATABASE_URL",
            "embedded (demo and tests)",
            "`postgres://portal_app:…@host:5432/portal?sslmode=require`",
            may_be_file=True,
        ),
        Group(
            "DATABASE_OWNER_URL",
            "embedded",
            "the same as `portal_owner`; for `migrate`, set-up, and the trial of `backup`; never for a running process",
            may_be_file=True,
        ),
        Group(
            "DATABASE_BACKUP_URL",
            "embedded",
            "the same as `portal_backup`; for `backup` and `restore` alone",
            may_be_file=True,
        ),
        Group(
            "PORTAL_SUPERUSER_URL PORTAL_OWNER_PASSWORD PORTAL_APP_PASSWORD PORTAL_BACKUP_PASSWORD",
            "argument; asked for",
            "of `make_roles` alone: a superuser’s address, the new passwords",
        ),
        Group(
            "PORTAL_POSTGRES_PROGRAMS",
            "the newest that will do",
            "folder of pg_dump, pg_restore and psql for `backup` and `restore`: one version, at least the server’s",
        ),
        Group(
            "PORTAL_IMPORT_DATABASE",
            "–",
            "of `import_customers` alone: the database that a mapping’s query is asked at, as SQLAlchemy writes it"
            " (`mysql+pymysql://…`), after `uv sync --extra databases`",
            may_be_file=True,
        ),
        Group("PORTAL_POSTGRES_START_SECONDS", "`30`", "seconds the embedded database may take to start"),
        Group("PORTAL_POSTGRES_FAST", "`0`", "`1`: the embedded database of tests forgets what a power cut would take"),
    ],
    "Folders and places": [
        Group("PORTAL_VAR", "`var/`", "the one folder for embedded database, keys, static files, the demo’s mail"),
        Group("PORTAL_KEYS", "`PORTAL_VAR/keys`", "folder of the keys"),
        Group(
            "PORTAL_CHECKPOINTS_BACKEND PORTAL_CHECKPOINTS_OPTIONS",
            "a folder, `PORTAL_VAR/checkpoints`",
            "Django storage class for signed checkpoints, and its options as JSON; S3-like places: "
            '`storages.backends.s3.S3Storage`, `{"bucket_name": …, "endpoint_url": …}`, after `uv sync --extra s3`. '
            "Outside the database’s reach, with object lock where there is one; it must know conditional writes",
        ),
        Group(
            "PORTAL_JOURNAL",
            "`PORTAL_VAR/journal`",
            "folder of the journal of what was closed; on another disk than the database, shared by all machines",
        ),
        Group(
            "PORTAL_JOURNAL_BACKEND PORTAL_JOURNAL_OPTIONS",
            "the folder",
            "keep the journal in a storage instead, as for checkpoints: an object for each append, never written over",
        ),
        Group(
            "PORTAL_EXPORTS",
            "`PORTAL_VAR/exports`",
            "folder of finished exports, sealed, a week each; all machines share it, or",
        ),
        Group(
            "PORTAL_EXPORTS_BACKEND PORTAL_EXPORTS_OPTIONS",
            "the folder",
            "they share a storage, as for checkpoints, and each has a folder of its own",
        ),
        Group(
            "PORTAL_COPY_FILE_MB",
            "`25`",
            "megabytes of one file that an officer adds to a copy; held in memory as it comes",
        ),
        Group(
            "PORTAL_SCANNER",
            "–",
            "where clamd listens, which is asked about each such file: `clamd:/run/clamav/clamd.ctl` or "
            "`clamd:127.0.0.1:3310`; its `StreamMaxLength` is at least as large. While it does not answer "
            "no file is taken",
        ),
    ],
    "Who you are": [
        Group(
            "PORTAL_COMPANY PORTAL_PHONE PORTAL_HOURS PORTAL_EMAIL PORTAL_ADDRESS PORTAL_COUNTRY",
            "examples",
            "who pages and receipts say you are, and when somebody answers the telephone; the country (`IE`) is whose "
            "law holds",
        ),
        Group(
            "PORTAL_COLOUR PORTAL_COLOUR_DARK PORTAL_LOGO",
            "`#0b4f6c`, `#8fd0ee`, –",
            "your colour on light and on dark pages, refused below a contrast of 7; your logo, an SVG or PNG of at "
            "most 200 KB",
        ),
        Group("PORTAL_DPO PORTAL_REPRESENTATIVE", "`PORTAL_EMAIL`, –", "named in the register of processing"),
        Group(
            "PORTAL_AUTHORITY",
            "that of `PORTAL_COUNTRY`",
            "who hears complaints about you, on one line: name, postal address, telephone, and last `https://…`. In "
            "Germany name the authority of your Land",
        ),
        Group(
            "PORTAL_SECURITY_CONTACT",
            "`mailto:` and `PORTAL_EMAIL`",
            "whom `/.well-known/security.txt` names: `mailto:`, `https://` or `tel:`",
        ),
        Group("PORTAL_TIME_ZONE", "`UTC`", "in which moments are shown and days are counted"),
    ],
    "Web": [
        Group(
            "PORTAL_URL PORTAL_HOSTS",
            "`http://localhost:8000`, `localhost`",
            "public address; host names, separated by commas. Health checks answer any host",
        ),
        Group(
            "PORTAL_PROXIES",
            "–",
            "addresses or networks of the proxies in front (`10.0.0.0/8,::1`); only their word about the client’s "
            "address and scheme counts",
        ),
        Group("PORTAL_REDIRECT_TO_HTTPS", "`1`", "`0` where the proxy does it"),
        Group(
            "PORTAL_HSTS_PRELOAD",
            "`0`",
            "`1` asks browsers’ makers to list the domain with all its subdomains as HTTPS alone; hard to take back",
        ),
        Group(
            "PORTAL_MODE",
            "`production`",
            "`demo` and `test` are set by those commands alone",
        ),
    ],
    "Mail": [
        Group(
            "PORTAL_SMTP_HOST PORTAL_SMTP_PORT PORTAL_SMTP_USER PORTAL_SMTP_TLS",
            "`localhost`, `587`, –, `1`",
            "outgoing mail",
        ),
        Group("PORTAL_SMTP_PASSWORD", "–", "its password", may_be_file=True),
        Group("PORTAL_MAIL_FROM", "`PORTAL_EMAIL`", "from whom it is"),
    ],
    "Rules": [
        Group("PORTAL_LANGUAGES", "`en,de,es`", "languages that a purpose must be written in before it is published"),
        Group("PORTAL_READING_EASE", "`60`", "how easily it must be read (Flesch: 100 easiest, 60 plain)"),
        Group("PORTAL_STAFF_MFA", "`required`", "second factor of staff; `off` only in the demo"),
        Group(
            "PORTAL_STAFF_SSO_ISSUER PORTAL_STAFF_SSO_CLIENT",
            "–",
            "staff sign in through the company’s OpenID provider: its issuer as it spells it, and the client’s id."
            " Register `/accounts/oidc/staff/login/callback/` under `PORTAL_URL` there",
        ),
        Group("PORTAL_STAFF_SSO_SECRET", "–", "the client’s secret", may_be_file=True),
        Group(
            "PORTAL_STAFF_SSO_NAME PORTAL_STAFF_SSO_SCOPES PORTAL_STAFF_SSO_GROUPS_CLAIM"
            " PORTAL_STAFF_SSO_VERIFIED_CLAIM",
            "`PORTAL_COMPANY`, `openid,profile,email`, `groups`, `email_verified`",
            "what the button calls it; what is asked for; which claims name groups and say that the address is"
            " confirmed; for a provider that confirms every address and says so of none, set the last to nothing",
        ),
        Group(
            "PORTAL_STAFF_GROUPS",
            "–",
            "what the members of each group are here, as JSON:"
            ' `{"privacy-office": {"role": "privacy_officer", "team": "Privacy"}}`; the first group of several counts.'
            " With it, every sign-in gives the member the place of their group, and who has none stays outside; without"
            " it only invited members come in",
        ),
        Group(
            "PORTAL_PROVISIONING_TOKENS",
            "–",
            "who may tell of staff by SCIM 2.0 at `/scim/v2/`: the hash that `make_provisioning_token` wrote, or two"
            " while the directory changes tokens; without it the address does not exist",
        ),
        Group(
            "PORTAL_SYSTEMS",
            "–",
            "which systems of the company may ask for decisions at `/access/v1/` (AuthZEN), each for its own purposes,"
            ' as JSON: `{"newsletter": {"purposes": ["offers"], "tokens": ["<hash>"]}}` with the hash that'
            " `make_system_token` wrote, or two while one token follows the other; without it the addresses do not"
            ' exist. `"webhooks": "https://…"` besides: where the system is told that an answer has changed, signed'
            ' with a secret of `make_webhook_secret`; `"networks": ["10.20.0.0/16"]` where that is in your own'
            " network",
        ),
        Group(
            "PORTAL_STAFF_SSO_AMR PORTAL_STAFF_SSO_ACR",
            "–",
            "values of `amr` and `acr` that count as the second factor, such as `mfa,hwk`; none does unless it stands"
            " here",
        ),
        Group(
            "PORTAL_STAFF_SSO_ONLY",
            "`0`",
            "`1` lets staff in through the provider alone; `0` again is the way in when the provider fails",
        ),
        Group(
            "PORTAL_CUSTOMER_SSO_ISSUER PORTAL_CUSTOMER_SSO_CLIENT PORTAL_CUSTOMER_SSO_REFERENCE_CLAIM",
            "–",
            "customers sign in through your own provider, too; the claim names their number with you. Callback:"
            " `/accounts/oidc/customers/login/callback/`",
        ),
        Group("PORTAL_CUSTOMER_SSO_SECRET", "–", "the client’s secret", may_be_file=True),
        Group(
            "PORTAL_CUSTOMER_SSO_NAME PORTAL_CUSTOMER_SSO_SCOPES PORTAL_CUSTOMER_SSO_VERIFIED_CLAIM",
            "`PORTAL_COMPANY`, `openid,email`, `email_verified`",
            "as for staff",
        ),
        Group(
            "PORTAL_STOLEN_PASSWORDS",
            "–",
            "a file of passwords known from breaches, which nobody may choose here: sorted lines of `SHA-1:times`, as "
            "Have I Been Pwned hands them out. It is searched where it lies; no service is asked",
        ),
        Group("PORTAL_WAIT_AFTER_NO_DAYS PORTAL_WAIT_AFTER_SILENCE_DAYS", "`30`, `7`", "how long the same ask rests"),
        Group("PORTAL_PENDING_PER_STAFF PORTAL_PENDING_PER_CUSTOMER", "`20`, `3`", "unanswered requests at once"),
        Group(
            "PORTAL_WORKING_HOURS",
            "every hour",
            "such as `Mon-Fri 07:00-19:00`: a look by staff at any other time is a sign for the compliance officer",
        ),
        Group(
            "PORTAL_WAIT_FOR_ADDRESS_HOURS", "`72`", "how long the old address of an account can object to a new one"
        ),
        Group(
            "PORTAL_INSIGHT_MINIMUM",
            "`11`",
            "the smallest group of customers that a statistic, or the trust page, shows, at least 5",
        ),
        Group("PORTAL_LOOK_UPS_PER_HOUR", "`60`", "how often a member of staff may look for a customer"),
    ],
    "Watching": [
        Group("PORTAL_LOG_LEVEL", "`INFO`", "least level of what is logged"),
        Group(
            "PORTAL_LOG_FORMAT",
            "`plain`",
            "`json`: one object a line, with an ISO time and the request’s id; no personal value in either",
        ),
    ],
}


def list_groups() -> Iterator[Group]:
    for groups in VARIABLES.values():
        yield from groups


def list_names() -> set[str]:
    """Return every name, with those of the files that secrets may lie in."""
    names = {name for group in list_groups() for name in group.names.split()}
    return names | {f"{name}{FILE}" for group in list_groups() if group.may_be_file for name in group.names.split()}


def write_table() -> str:
    """Return the table for people, in Markdown."""
    lines = [
        "# Every variable",
        "",
        "Settings come from the environment alone. A value that cannot be used stops the program with one sentence; so",
        "does, in `serve` and `worker`, a `PORTAL_` variable that nothing reads. `manage.py doctor` checks all of it.",
        "Those marked * may lie in a file, as containers and systemd hand secrets over: `DATABASE_URL_FILE=/run/…`.",
        "",
        "Written by `manage.py doctor --variables`.",
    ]
    for title, groups in VARIABLES.items():
        lines += ["", f"## {title}", "", "| variable | default | what it sets |", "| --- | --- | --- |"]
        lines += [f"| {name_group(group)} | {group.default} | {group.meaning} |" for group in groups]
    return "\n".join(lines) + "\n"


def name_group(group: Group) -> str:
    return ", ".join(f"`{name}`{'*' if group.may_be_file else ''}" for name in group.names.split())
