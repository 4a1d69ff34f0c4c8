from django.urls import include, path

from consents.choices.receipts import views

theirs = [
    path("", views.receipts, name="list"),
    path("of/<uuid:id>/", views.newest_of, name="of"),
    path("<int:sequence>/", views.receipt, name="receipt"),
    path("<int:sequence>/proof.json", views.proof, name="proof"),
    path("<int:sequence>/receipt.jws", views.as_jws, name="jws"),
    path("<int:sequence>/receipt.jsonld", views.as_jsonld, name="jsonld"),
]
urlpatterns = [
    path("receipts/verify/", views.verify, name="verify_receipt"),
    path("receipts/", include((theirs, "receipts"))),
    path(".well-known/jwks.json", views.keys, name="jwks"),
]
