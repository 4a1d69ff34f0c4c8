from django.apps import AppConfig


class RightsConfig(AppConfig):
    name = "consents.rights"
    label = "rights"

    def ready(self) -> None:
        from consents.choices.signals import opted_out
        from consents.people.signals import customer_erased
        from consents.rights.services import forget_words, record_opt_out

        opted_out.connect(record_opt_out, dispatch_uid="rights.opted_out")
        customer_erased.connect(forget_words, dispatch_uid="rights.customer_erased")
