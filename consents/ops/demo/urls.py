"""Included by portal.urls in the demo alone."""

from django.urls import path

from consents.ops.demo import views

app_name = "demo"
urlpatterns = [
    path("demo/gallery/", views.show_gallery, name="gallery"),
    path("demo/mail/", views.show_mails, name="mails"),
    path("demo/mail/<str:name>/", views.show_mail, name="mail"),
]
