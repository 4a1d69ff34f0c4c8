from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "consents.notifications"
    label = "notifications"
