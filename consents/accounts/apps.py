from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "consents.accounts"

    def ready(self) -> None:
        from allauth.account import signals as account
        from allauth.mfa import signals as mfa
        from allauth.mfa.models import Authenticator
        from django.db.models import signals

        from consents.accounts import adapter, second_factors
        from consents.accounts import adapter as address_changes
        from consents.accounts import sessions as sign_in_changes
        from consents.accounts import sessions as sign_in_log
        from consents.people.signals import account_lock_changed, accounts_closed, customer_erased, staff_rights_changed

        # allauth asks its adapter to seal some kinds of factor without saying whose, and a passkey not at all.
        signals.pre_save.connect(second_factors.seal_factor, sender=Authenticator)
        for read in (signals.post_init, signals.post_save):
            read.connect(second_factors.open_factor, sender=Authenticator)
        account_lock_changed.connect(adapter.follow_account_lock)
        account_lock_changed.connect(address_changes.keep_locked_address)
        accounts_closed.connect(adapter.close_accounts)
        staff_rights_changed.connect(adapter.delete_reset_factors)
        customer_erased.connect(adapter.end_unfinished_sign_ins)
        account.email_changed.connect(adapter.follow_new_address)
        account.user_logged_in.connect(adapter.check_mail_arrives)
        mfa.authenticator_added.connect(adapter.count_new_factor)
        mfa.authenticator_reset.connect(adapter.keep_recovery_proof)
        secured = [account.password_set, account.password_changed, account.password_reset, account.email_changed]
        for changed in [*secured, mfa.authenticator_added, mfa.authenticator_removed, mfa.authenticator_reset]:
            changed.connect(adapter.end_other_sessions)
        sign_in_log.follow_sign_ins()
        sign_in_changes.follow_factors()
