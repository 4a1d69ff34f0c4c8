from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "consents.notifications"
    label = "notifications"

    def ready(self) -> None:
        from consents.notifications.services import stop_for_erased
        from consents.people.signals import customer_erased

        customer_erased.connect(stop_for_erased, dispatch_uid="notifications.customer_erased")
