from django.apps import AppConfig


class HeadConfig(AppConfig):
    name = "consents"
    label = "consents"

    def ready(self) -> None:
        from allauth.account.signals import email_changed

        from consents.accounts import close_accounts, follow_new_address
        from consents.people.signals import customer_erased

        customer_erased.connect(close_accounts, dispatch_uid="consents.customer_erased")
        email_changed.connect(follow_new_address, dispatch_uid="consents.email_changed")
