"""Included by portal.urls in the demo alone."""

from django.urls import path

from consents.demo import views

app_name = "demo"
urlpatterns = [
    path("demo/mail/", views.mails, name="mails"),
    path("demo/mail/<str:name>/", views.one, name="mail"),
]
