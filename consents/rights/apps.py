from django.apps import AppConfig


class RightsConfig(AppConfig):
    name = "consents.rights"
    label = "rights"

    def ready(self) -> None:
        from consents.choices.signals import consent_taken_back, opted_in, opted_out
        from consents.people.signals import customer_erased
        from consents.rights import services
        from consents.rights.signals import rights_request_answered
        from consents.vault.signals import part_erased

        opted_out.connect(services.record_opt_out, dispatch_uid="rights.opted_out")
        opted_in.connect(services.record_opt_in, dispatch_uid="rights.opted_in")
        consent_taken_back.connect(services.record_withdrawal, dispatch_uid="rights.consent_taken_back")
        rights_request_answered.connect(services.queue_package, dispatch_uid="rights.answered")
        part_erased.connect(services.forget_part, dispatch_uid="rights.part_erased")
        customer_erased.connect(services.forget_words, dispatch_uid="rights.customer_erased")
        customer_erased.connect(services.forget_proofs, dispatch_uid="rights.customer_erased_proofs")
        customer_erased.connect(services.forget_packages, dispatch_uid="rights.customer_erased_packages")
        # Before the answer, which waits for nobody.
        customer_erased.connect(services.stop_waiting_for_erased, dispatch_uid="rights.customer_erased_waits")
        customer_erased.connect(services.answer_by_erasure, dispatch_uid="rights.customer_erased_answers")
