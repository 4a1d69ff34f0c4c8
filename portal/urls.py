from allauth.account.decorators import reauthentication_required
from allauth.account.views import password_set
from allauth.mfa.totp.views import activate_totp
from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override
from django.views.generic import RedirectView

from consents.access.customers.pages import show_home
from consents.accounts.company_sign_in_pages import begin_company_sign_in, finish_company_sign_in
from consents.accounts.pages import close_own_account, keep_address, show_devices
from consents.accounts.provisioning.pages import serve_directory
from consents.accounts.second_factors import (
    AddPasskeyView,
    ProveByPasskeyView,
    ReauthenticateByCodeView,
    SignInByPasskeyView,
)
from consents.choices.customers.pages import answer_opt_out, show_gpc_support
from portal import openapi, public_pages, views
from portal.apps import find_staff_pages

find_staff_pages()

# The square to scan is a picture inside the page; no other page may have one.
allow_qr_code = csp_override(settings.SECURE_CSP | {"img-src": [CSP.SELF, "data:"]})

urlpatterns = [
    path("", show_home, name="home"),
    path("", include("consents.access.customers.urls")),
    path("", include("consents.choices.customers.urls")),
    path("", include("consents.choices.receipts.urls")),
    path("", include("consents.disclosures.customers.urls")),
    path("", include("consents.ledger.urls")),
    path("", include("consents.exemptions.customers.urls")),
    path("", include("consents.insights.customers.urls")),
    path("", include("consents.breaches.customers.urls")),
    path("", include("consents.notifications.customers.urls")),
    path("", include("consents.people.customers.urls")),
    # Before the rights, whose last address is any word.
    path("", include("consents.copies.customers.urls")),
    path("", include("consents.rights.customers.urls")),
    path("accounts/2fa/totp/activate/", allow_qr_code(activate_totp)),
    path("accounts/2fa/webauthn/", RedirectView.as_view(pattern_name="mfa_index"), name="mfa_list_webauthn"),
    path("accounts/2fa/webauthn/add/", AddPasskeyView.as_view(), name="mfa_add_webauthn"),
    path("accounts/2fa/webauthn/login/", SignInByPasskeyView.as_view(), name="mfa_login_webauthn"),
    path("accounts/2fa/webauthn/reauthenticate/", ProveByPasskeyView.as_view(), name="mfa_reauthenticate_webauthn"),
    path("accounts/sessions/", show_devices, name="usersessions_list"),
    path("accounts/email/keep/", keep_address, name="keep_address"),
    path("accounts/close/", reauthentication_required(close_own_account, app="allauth.account"), name="close_account"),
    path("accounts/password/set/", reauthentication_required(password_set, app="allauth.account")),
    path("accounts/reauthenticate/code/", ReauthenticateByCodeView.as_view(), name="reauthenticate_by_code"),
    path("accounts/oidc/<slug:provider_id>/login/", begin_company_sign_in, name="openid_connect_login"),
    path("accounts/oidc/<slug:provider_id>/login/callback/", finish_company_sign_in, name="openid_connect_callback"),
    # No account is joined to a provider, or made, by a form.
    re_path(r"^accounts/3rdparty/", views.show_nothing),
    re_path(r"^accounts/social/", views.show_nothing),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("", include("consents.decisions.api.urls")),
    path("api/openapi.json", openapi.show_description, name="openapi"),
    path("scim/v2/", serve_directory, name="directory_root"),
    path("scim/v2/<path:path>", serve_directory, name="directory"),
    path("opt-out/", answer_opt_out, name="opt_out"),
    path(".well-known/gpc.json", show_gpc_support, name="gpc"),
    path(".well-known/change-password", public_pages.lead_to_password, name="change_password"),
    path(".well-known/security.txt", public_pages.show_security_contact, name="security_contact"),
    path("robots.txt", public_pages.show_robots, name="robots"),
    path("unsent/", views.show_unsent_form, name="unsent_form"),
    path("help/", views.show_words, {"page": "help"}, name="help"),
    path("privacy/", views.show_privacy, name="privacy"),
    path("accessibility/", views.show_words, {"page": "accessibility"}, name="accessibility"),
    path("brand.css", public_pages.show_brand_style, name="brand_style"),
    path("logo", public_pages.show_logo, name="logo"),
    path("healthz", views.show_alive, name="healthz"),
    path("readyz", views.show_readiness, name="readyz"),
]
handler400 = "portal.views.show_bad_request"
handler403 = "portal.views.show_forbidden"
handler404 = "portal.views.show_not_found"
handler500 = "portal.views.show_trouble"
if settings.DEMO:
    urlpatterns.append(path("", include("consents.ops.demo.urls")))
