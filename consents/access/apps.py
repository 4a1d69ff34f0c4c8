from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "consents.access"
    label = "access"

    def ready(self) -> None:
        from consents.access import receipts
        from consents.access.previews import what_would_end, what_would_end_with, what_would_stop
        from consents.access.services import (
            end_for_customer,
            end_for_mark,
            end_for_part,
            end_for_purpose,
            end_for_staff,
            hold_all,
        )
        from consents.catalogue.signals import purpose_retired, retirement_previewed
        from consents.choices.signals import consent_withdrawn, mark_placed, withdrawal_previewed
        from consents.people.signals import customer_erased, erasure_begins, erasure_previewed, staff_ended
        from consents.vault.signals import part_erased

        consent_withdrawn.connect(end_for_purpose, dispatch_uid="access.consent_withdrawn")
        mark_placed.connect(end_for_mark, dispatch_uid="access.mark_placed")
        staff_ended.connect(end_for_staff, dispatch_uid="access.staff_ended")
        customer_erased.connect(end_for_customer, dispatch_uid="access.customer_erased")
        part_erased.connect(end_for_part, dispatch_uid="access.part_erased")
        erasure_begins.connect(hold_all, dispatch_uid="access.erasure_begins")
        erasure_previewed.connect(what_would_end_with, dispatch_uid="access.erasure_previewed")
        purpose_retired.connect(end_for_purpose, dispatch_uid="access.purpose_retired")
        withdrawal_previewed.connect(what_would_stop, dispatch_uid="access.withdrawal_previewed")
        retirement_previewed.connect(what_would_end, dispatch_uid="access.retirement_previewed")
        receipts.start()
