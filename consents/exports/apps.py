from django.apps import AppConfig


class ExportsConfig(AppConfig):
    name = "consents.exports"
    label = "exports"
