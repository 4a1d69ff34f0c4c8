from django.apps import AppConfig


class TrainingConfig(AppConfig):
    name = "consents.training"
    label = "training"
