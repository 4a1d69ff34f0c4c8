from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class LedgerConfig(AppConfig):
    name = "consents.ledger"

    def ready(self) -> None:
        """Gather the words of every room's events."""
        autodiscover_modules("events")
