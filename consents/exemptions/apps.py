from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExemptionsConfig(AppConfig):
    name = "consents.exemptions"
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

        unasked_access_shown.connect(list_running_access)
        block_placed.connect(effects.end_for_block)
        consent_withdrawn.connect(effects.end_for_purpose)
        mark_placed.connect(effects.end_for_mark)
        staff_ended.connect(effects.end_for_staff)
        customer_erased.connect(effects.end_for_customer)
        part_erased.connect(effects.end_for_part)
        purpose_retired.connect(effects.end_for_purpose)
        withdrawal_previewed.connect(previews.preview_stopped_by_withdrawal)
        withdrawal_shown.connect(previews.list_effects_of_withdrawal)
        erasure_previewed.connect(previews.preview_ended_by_erasure)
        retirement_previewed.connect(previews.preview_ended_by_retirement)
