from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "consents.core"
    label = "core"
