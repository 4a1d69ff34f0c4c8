from django.urls import path

from consents.copies.customers import collection_pages, package_pages

app_name = "copies"
urlpatterns = [
    path("rights/collect/", collection_pages.show_collection, name="collect"),
    path("rights/requests/<str:number>/package/", package_pages.show_package, name="package"),
]
