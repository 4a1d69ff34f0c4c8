from django.apps import AppConfig


class HeadConfig(AppConfig):
    name = "consents"
    label = "consents"

    def ready(self) -> None:
        from allauth.account.signals import email_changed

        from consents.accounts import follow_new_address

        email_changed.connect(follow_new_address, dispatch_uid="consents.email_changed")
