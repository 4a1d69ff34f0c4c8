from django.urls import path

from consents.exemptions.customers import presenting

app_name = "exemptions"
urlpatterns = [path("without-permission/<uuid:id>/", presenting.show_exemption, name="exemption")]
