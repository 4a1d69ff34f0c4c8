from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RightsConfig(AppConfig):
    name = "consents.rights"
    verbose_name = _("Privacy rights")

    def ready(self) -> None:
        from consents.access.selectors.locking import BESIDE_HOME
        from consents.access.signals import notices_shown
        from consents.choices.signals import consent_taken_back, opted_in, opted_out
        from consents.people.signals import customer_erased, erasure_begins, erasure_previewed, erasure_reviewed
        from consents.rights.customers import steps as home_notices
        from consents.rights.services import erasing, sharing, waiting
        from consents.rights.services import filing as choices_on_record
        from consents.rights.services import removing as forgetting
        from consents.rights.staff import bulk as second_look
        from consents.vault.signals import part_erased

        BESIDE_HOME[home_notices.UNREPLIED] = home_notices.select_unreplied_questions
        BESIDE_HOME[home_notices.UNCONFIRMED] = home_notices.select_unconfirmed_requests
        notices_shown.connect(home_notices.list_open_questions)
        notices_shown.connect(home_notices.list_unconfirmed_requests)
        opted_out.connect(choices_on_record.record_opt_out)
        opted_in.connect(choices_on_record.record_opt_in)
        consent_taken_back.connect(choices_on_record.record_withdrawal)
        part_erased.connect(forgetting.forget_part)
        erasure_previewed.connect(second_look.preview_unanswered_requests)
        erasure_reviewed.connect(second_look.list_erasure_basis)
        erasure_begins.connect(sharing.check_holders_of_erasure)
        customer_erased.connect(forgetting.forget_words)
        customer_erased.connect(forgetting.forget_proofs)
        # Before the answer, which waits for nobody.
        customer_erased.connect(waiting.stop_waiting_for_erased)
        customer_erased.connect(erasing.answer_by_erasure)
