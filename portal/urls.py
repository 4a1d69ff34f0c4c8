from allauth.mfa.totp.views import activate_totp
from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override

from consents.access.views import home
from consents.choices.views import gpc, opt_out
from portal import views

# The square to scan is a picture inside the page; no other page may have one.
with_square = csp_override(settings.SECURE_CSP | {"img-src": [CSP.SELF, "data:"]})

urlpatterns = [
    path("", home, name="home"),
    path("", include("consents.access.urls")),
    path("", include("consents.choices.urls")),
    path("", include("consents.choices.receipts.urls")),
    path("", include("consents.disclosures.urls")),
    path("", include("consents.notifications.urls")),
    path("", include("consents.people.urls")),
    path("", include("consents.rights.urls")),
    path("accounts/2fa/totp/activate/", with_square(activate_totp)),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("opt-out/", opt_out, name="opt_out"),
    path(".well-known/gpc.json", gpc, name="gpc"),
    path("help/", views.words, {"page": "help"}, name="help"),
    path("privacy/", views.privacy, name="privacy"),
    path("accessibility/", views.words, {"page": "accessibility"}, name="accessibility"),
    path("healthz", views.alive, name="healthz"),
    path("readyz", views.ready, name="readyz"),
]
handler400 = "portal.views.bad_request"
handler500 = "portal.views.trouble"
if settings.DEMO:
    urlpatterns.append(path("", include("consents.demo.urls")))
