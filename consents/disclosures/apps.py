from django.apps import AppConfig


class DisclosuresConfig(AppConfig):
    name = "consents.disclosures"
    label = "disclosures"
