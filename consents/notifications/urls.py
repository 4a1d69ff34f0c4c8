from django.urls import path

from consents.notifications import views

app_name = "notifications"
urlpatterns = [
    path("settings/", views.settings_page, name="settings"),
    path("settings/address/", views.address_works, name="address_works"),
]
