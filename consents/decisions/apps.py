from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    name = "consents.decisions"
    label = "decisions"
