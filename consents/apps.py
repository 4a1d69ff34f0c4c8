from pathlib import Path

from django.apps import AppConfig
from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.utils.translation import ngettext_lazy

# Django's own sentence speaks of values to programmers.
TOO_LONG = ngettext_lazy(
    "Use at most %(limit_value)d character (now there are %(show_value)d).",
    "Use at most %(limit_value)d characters (now there are %(show_value)d).",
    "limit_value",
)


def compile_catalogs() -> None:
    """Compile each catalog of translations that is newer than its compiled form: on the first start of a checkout."""
    for catalog in Path(settings.LOCALE_PATHS[0]).glob("*/LC_MESSAGES/*.po"):
        compiled = catalog.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime_ns < catalog.stat().st_mtime_ns:
            from consents.ops import translating

            language = catalog.parts[-3]
            translating.write_compiled(language, translating.read_catalog(language))


class HeadConfig(AppConfig):
    name = "consents"

    def ready(self) -> None:
        compile_catalogs()
        from allauth.account import signals as account
        from allauth.mfa import signals as mfa
        from allauth.mfa.models import Authenticator
        from django.db.models import signals

        from consents.accounts import adapter, address_changes, second_factors, sign_in_changes, sign_in_log
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
        MaxLengthValidator.message = TOO_LONG
        sign_in_log.follow_sign_ins()
        sign_in_changes.follow_factors()
