from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "consents.access"
    label = "access"

    def ready(self) -> None:
        from consents.access.previews import what_would_end
        from consents.access.services import end_for_purpose
        from consents.catalogue.signals import purpose_retired, retirement_previewed
        from consents.choices.signals import consent_withdrawn

        consent_withdrawn.connect(end_for_purpose, dispatch_uid="access.consent_withdrawn")
        purpose_retired.connect(end_for_purpose, dispatch_uid="access.purpose_retired")
        retirement_previewed.connect(what_would_end, dispatch_uid="access.retirement_previewed")
