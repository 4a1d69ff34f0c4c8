from django.apps import AppConfig


class InsightsConfig(AppConfig):
    name = "consents.insights"
    label = "insights"
