from django.urls import path

from consents.access import views

app_name = "access"
urlpatterns = [
    path("requests/<uuid:id>/", views.one, name="request"),
    path("requests/<uuid:id>/answer/", views.answer, name="answer"),
    path("requests/<uuid:id>/stop/", views.stop, name="stop"),
    path("requests/<uuid:id>/proof/<int:sequence>/", views.proof, name="proof"),
    path("requests/<uuid:id>/ask-again/", views.ask_again, name="ask_again"),
]
