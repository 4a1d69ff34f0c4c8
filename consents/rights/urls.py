from django.urls import path

from consents.rights import views

app_name = "rights"
urlpatterns = [
    path("rights/", views.rights, name="list"),
    path("rights/received/", views.received, name="received"),
    path("rights/collect/", views.collect, name="collect"),
    path("rights/requests/<str:number>/", views.one, name="request"),
    path("rights/requests/<str:number>/sent/", views.sent, name="sent"),
    path("rights/requests/<str:number>/confirm/", views.confirm, name="confirm"),
    path("rights/requests/<str:number>/package/", views.package, name="package"),
    path("rights/requests/<str:number>/entry/", views.entry, name="entry"),
    path("rights/requests/<str:number>/take-back/", views.take_back, name="take_back"),
    path("rights/requests/<str:number>/appeal/", views.appeal, name="appeal"),
    path("rights/<slug:slug>/", views.ask, name="ask"),
]
