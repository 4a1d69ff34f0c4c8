from django.urls import include, path

from consents.choices.receipts import pages

theirs = [
    path("", pages.show_receipts, name="list"),
    path("of/<uuid:id>/", pages.redirect_to_newest, name="of"),
    path("<int:sequence>/", pages.show_receipt, name="receipt"),
    path("<int:sequence>/proof.json", pages.download_receipt_proof, name="proof"),
    path("<int:sequence>/receipt.pdf", pages.download_document, name="document"),
    path("<int:sequence>/receipt.jws", pages.download_jws, name="jws"),
    path("<int:sequence>/receipt.jsonld", pages.download_jsonld, name="jsonld"),
]
urlpatterns = [
    path("receipts/verify/", pages.show_verification, name="verify_receipt"),
    path("receipts/", include((theirs, "receipts"))),
    path(".well-known/jwks.json", pages.show_public_keys, name="jwks"),
]
