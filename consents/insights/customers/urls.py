from django.urls import path

from consents.insights.customers import pages

urlpatterns = [
    path("trust/", pages.show_trust, name="trust"),
    path(".well-known/trust.json", pages.show_trust_data, name="trust_data"),
]
