from django.urls import path

from consents.copies.customers import pages

app_name = "copies"
urlpatterns = [
    path("rights/collect/", pages.show_collection, name="collect"),
    path("rights/requests/<str:number>/package/", pages.show_package, name="package"),
]
