from django.urls import path

from consents.disclosures import views

app_name = "disclosures"
urlpatterns = [path("activity/", views.activity, name="activity")]
