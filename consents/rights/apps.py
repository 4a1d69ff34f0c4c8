from django.apps import AppConfig


class RightsConfig(AppConfig):
    name = "consents.rights"
    label = "rights"
