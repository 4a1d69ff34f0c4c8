from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExemptionsConfig(AppConfig):
    name = "consents.exemptions"
    label = "exemptions"
    verbose_name = _("Exemptions")

    def ready(self) -> None:
        from consents.access.signals import block_placed, unasked_access_shown
        from consents.catalogue.signals import purpose_retired, retirement_previewed
        from consents.choices.signals import consent_withdrawn, mark_placed, withdrawal_previewed, withdrawal_shown
        from consents.exemptions import previews
        from consents.exemptions.customers.presenting import list_running_access
        from consents.exemptions.services import immediate_effects as effects
        from consents.people.signals import customer_erased, erasure_previewed, staff_ended
        from consents.vault.signals import part_erased

        unasked_access_shown.connect(list_running_access, dispatch_uid="exemptions.unasked_access_shown")
        block_placed.connect(effects.end_for_block, dispatch_uid="exemptions.block_placed")
        consent_withdrawn.connect(effects.end_for_purpose, dispatch_uid="exemptions.consent_withdrawn")
        mark_placed.connect(effects.end_for_mark, dispatch_uid="exemptions.mark_placed")
        staff_ended.connect(effects.end_for_staff, dispatch_uid="exemptions.staff_ended")
        customer_erased.connect(effects.end_for_customer, dispatch_uid="exemptions.customer_erased")
        part_erased.connect(effects.end_for_part, dispatch_uid="exemptions.part_erased")
        purpose_retired.connect(effects.end_for_purpose, dispatch_uid="exemptions.purpose_retired")
        withdrawal_previewed.connect(
            previews.preview_stopped_by_withdrawal, dispatch_uid="exemptions.withdrawal_previewed"
        )
        withdrawal_shown.connect(previews.list_effects_of_withdrawal, dispatch_uid="exemptions.withdrawal_shown")
        erasure_previewed.connect(previews.preview_ended_by_erasure, dispatch_uid="exemptions.erasure_previewed")
        retirement_previewed.connect(
            previews.preview_ended_by_retirement, dispatch_uid="exemptions.retirement_previewed"
        )
