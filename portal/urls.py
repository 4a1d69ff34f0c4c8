from django.contrib import admin
from django.urls import include, path

from consents.access.views import home
from portal import views

urlpatterns = [
    path("", home, name="home"),
    path("", include("consents.access.urls")),
    path("", include("consents.choices.urls")),
    path("", include("consents.disclosures.urls")),
    path("", include("consents.people.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("help/", views.words, {"page": "help"}, name="help"),
    path("privacy/", views.words, {"page": "privacy"}, name="privacy"),
    path("accessibility/", views.words, {"page": "accessibility"}, name="accessibility"),
    path("healthz", views.alive, name="healthz"),
    path("readyz", views.ready, name="readyz"),
]
