from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "consents.ledger"
    label = "ledger"
