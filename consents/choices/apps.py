from django.apps import AppConfig


class ChoicesConfig(AppConfig):
    name = "consents.choices"
    label = "choices"

    def ready(self) -> None:
        from consents.catalogue.signals import retirement_previewed, version_previewed
        from consents.choices.previews import what_would_end, who_is_asked_anew
        from consents.choices.receipts import of_choices

        retirement_previewed.connect(what_would_end, dispatch_uid="choices.retirement_previewed")
        version_previewed.connect(who_is_asked_anew, dispatch_uid="choices.version_previewed")
        of_choices.start()
