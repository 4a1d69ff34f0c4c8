from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChoicesConfig(AppConfig):
    name = "consents.choices"
    verbose_name = _("Choices")

    def ready(self) -> None:
        from consents.catalogue.signals import retirement_previewed, version_previewed, version_published
        from consents.choices.receipts import issuing as choice_receipts
        from consents.choices.services.withdrawing import revoke_all_choices
        from consents.choices.staff.admin import (
            preview_customers_asked_again,
            preview_ended_consents,
            preview_erased_consents,
        )
        from consents.choices.tasks import queue_version_emails
        from consents.people.signals import customer_erased, erasure_previewed

        retirement_previewed.connect(preview_ended_consents)
        customer_erased.connect(revoke_all_choices)
        erasure_previewed.connect(preview_erased_consents)
        version_previewed.connect(preview_customers_asked_again)
        version_published.connect(queue_version_emails)
        choice_receipts.register_choice_receipts()
