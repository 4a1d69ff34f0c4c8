from django.urls import path

from consents.people import views

app_name = "people"
urlpatterns = [
    path("claim/", views.claim, name="claim"),
    path("for/", views.act_for, name="act_for"),
    path("language/", views.language, name="language"),
]
