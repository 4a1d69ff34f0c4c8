from django.urls import path

from consents.ledger import pages

urlpatterns = [
    path(".well-known/ledger", pages.show_ledger, name="ledger"),
    path(".well-known/ledger/<int:older>/<int:newer>", pages.show_consistency, name="ledger_consistency"),
]
