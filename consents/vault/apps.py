from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "consents.vault"
    label = "vault"
