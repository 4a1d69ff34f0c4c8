from django.apps import AppConfig


class ChoicesConfig(AppConfig):
    name = "consents.choices"
    label = "choices"

    def ready(self) -> None:
        from consents.catalogue.signals import retirement_previewed, version_previewed, version_published
        from consents.choices.previews import what_stands, what_would_end, who_is_asked_anew
        from consents.choices.receipts import of_choices
        from consents.choices.services import begin_telling, revoke_all
        from consents.people.signals import customer_erased, erasure_previewed

        retirement_previewed.connect(what_would_end, dispatch_uid="choices.retirement_previewed")
        customer_erased.connect(revoke_all, dispatch_uid="choices.customer_erased")
        erasure_previewed.connect(what_stands, dispatch_uid="choices.erasure_previewed")
        version_previewed.connect(who_is_asked_anew, dispatch_uid="choices.version_previewed")
        version_published.connect(begin_telling, dispatch_uid="choices.version_published")
        of_choices.start()
