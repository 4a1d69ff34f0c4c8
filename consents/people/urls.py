from django.urls import path

from consents.people import views

app_name = "people"
urlpatterns = [
    path("claim/", views.claim, name="claim"),
    path("language/", views.language, name="language"),
]
