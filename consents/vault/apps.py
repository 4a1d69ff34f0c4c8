from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "consents.vault"

    def ready(self) -> None:
        from consents.people.signals import customer_erased
        from consents.vault.services.erasing import drop_part_erasures, remove_all_records

        customer_erased.connect(remove_all_records)
        customer_erased.connect(drop_part_erasures)
