from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "consents.vault"
    label = "vault"

    def ready(self) -> None:
        from consents.people.signals import customer_erased
        from consents.vault.services import drop_parts, remove_all

        customer_erased.connect(remove_all, dispatch_uid="vault.customer_erased")
        customer_erased.connect(drop_parts, dispatch_uid="vault.customer_erased_proposals")
