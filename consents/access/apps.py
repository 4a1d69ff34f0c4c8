from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccessConfig(AppConfig):
    name = "consents.access"
    label = "access"
    verbose_name = _("Asking")

    def ready(self) -> None:
        from consents.access import receipts
        from consents.access.previews import (
            list_effects_of_withdrawal,
            preview_ended_by_erasure,
            preview_ended_by_retirement,
            preview_stopped_by_withdrawal,
        )
        from consents.access.selectors.waiting import read_waiting_beside_identity
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

        consent_withdrawn.connect(end_for_purpose, dispatch_uid="access.consent_withdrawn")
        mark_placed.connect(end_for_mark, dispatch_uid="access.mark_placed")
        staff_ended.connect(end_for_staff, dispatch_uid="access.staff_ended")
        customer_erased.connect(end_for_customer, dispatch_uid="access.customer_erased")
        part_erased.connect(end_for_part, dispatch_uid="access.part_erased")
        erasure_begins.connect(lock_open_access, dispatch_uid="access.erasure_begins")
        erasure_previewed.connect(preview_ended_by_erasure, dispatch_uid="access.erasure_previewed")
        purpose_retired.connect(end_for_purpose, dispatch_uid="access.purpose_retired")
        withdrawal_previewed.connect(preview_stopped_by_withdrawal, dispatch_uid="access.withdrawal_previewed")
        withdrawal_shown.connect(list_effects_of_withdrawal, dispatch_uid="access.withdrawal_shown")
        retirement_previewed.connect(preview_ended_by_retirement, dispatch_uid="access.retirement_previewed")
        receipts.register_request_receipts()
        read_waiting_beside_identity()
