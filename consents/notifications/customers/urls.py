from django.urls import path

from consents.notifications.customers import pages

app_name = "notifications"
urlpatterns = [
    path("settings/", pages.show_settings, name="settings"),
    path("settings/address/", pages.confirm_address, name="address_works"),
]
