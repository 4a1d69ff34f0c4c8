from django.apps import AppConfig


class HeadConfig(AppConfig):
    name = "consents"
    label = "consents"

    def ready(self) -> None:
        from allauth.account.signals import email_changed, user_logged_in

        from consents.accounts import close_accounts, end_sign_ins, follow_new_address, look_after_mail
        from consents.people.signals import accounts_closed, customer_erased

        accounts_closed.connect(close_accounts, dispatch_uid="consents.accounts_closed")
        customer_erased.connect(end_sign_ins, dispatch_uid="consents.customer_erased")
        email_changed.connect(follow_new_address, dispatch_uid="consents.email_changed")
        user_logged_in.connect(look_after_mail, dispatch_uid="consents.user_logged_in")
