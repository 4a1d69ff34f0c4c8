from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccessConfig(AppConfig):
    name = "consents.access"
    verbose_name = _("Asking")

    def ready(self) -> None:
        from consents.access import receipts
        from consents.access.receipts import (
            list_effects_of_withdrawal,
            preview_ended_by_erasure,
            preview_ended_by_retirement,
            preview_stopped_by_withdrawal,
        )
        from consents.access.services.ending import (
            end_for_customer,
            end_for_mark,
            end_for_part,
            end_for_purpose,
            end_for_staff,
            lock_open_access,
        )
        from consents.catalogue.signals import purpose_retired, retirement_previewed
        from consents.choices.signals import consent_withdrawn, mark_placed, withdrawal_previewed, withdrawal_shown
        from consents.people.signals import customer_erased, erasure_begins, erasure_previewed, staff_ended
        from consents.vault.signals import part_erased

        consent_withdrawn.connect(end_for_purpose)
        mark_placed.connect(end_for_mark)
        staff_ended.connect(end_for_staff)
        customer_erased.connect(end_for_customer)
        part_erased.connect(end_for_part)
        erasure_begins.connect(lock_open_access)
        erasure_previewed.connect(preview_ended_by_erasure)
        purpose_retired.connect(end_for_purpose)
        withdrawal_previewed.connect(preview_stopped_by_withdrawal)
        withdrawal_shown.connect(list_effects_of_withdrawal)
        retirement_previewed.connect(preview_ended_by_retirement)
        receipts.register_request_receipts()
