from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "consents.notifications"
    verbose_name = _("Emails")

    def ready(self) -> None:
        from consents.notifications.services.choosing import (
            notify_of_acting,
            notify_of_claim_code,
            notify_of_staff_place,
        )
        from consents.notifications.services.queueing import stop_emails_of_erased
        from consents.people.signals import (
            acting_changed,
            claim_code_approved,
            customer_erased,
            staff_rights_changed,
        )

        acting_changed.connect(notify_of_acting)
        claim_code_approved.connect(notify_of_claim_code)
        customer_erased.connect(stop_emails_of_erased)
        staff_rights_changed.connect(notify_of_staff_place)
