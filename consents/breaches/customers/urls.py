from django.urls import path

from consents.breaches.customers import pages

app_name = "breaches"
urlpatterns = [
    path("incidents/<uuid:id>/", pages.show_breach_notice, name="notice"),
    path("incidents/<uuid:id>/read/", pages.confirm_notice, name="read"),
]
