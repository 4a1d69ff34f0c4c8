from django.urls import path

from consents.exemptions.customers import pages

app_name = "exemptions"
urlpatterns = [path("without-permission/<uuid:id>/", pages.show_exemption, name="exemption")]
