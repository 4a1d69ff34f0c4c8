"""Log who signs in, who fails to and who leaves: by the account's id, or a keyed hash of an address that was typed."""

import logging
from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from django.contrib.auth.signals import user_logged_out, user_login_failed

from consents.people.models import User
from consents.people.selectors import hash_address

logger = logging.getLogger(__name__)
MARK_LENGTH = 12  # letters of a hash: enough to tell addresses apart in a log


def follow_sign_ins() -> None:
    """Connect what follows to allauth's signals and Django's."""
    account.authentication_step_completed.connect(log_step)
    account.user_logged_in.connect(log_sign_in)
    user_login_failed.connect(log_wrong_password)
    user_logged_out.connect(log_sign_out)
    for rejected in (account.login_code_rejected, account.password_reset_code_rejected, mfa.authentication_failed):
        rejected.connect(log_wrong_code)


def log_step(user: User, method: str, **about: Any) -> None:
    """Log one way of several: of a second factor which one."""
    logger.info("account %s proved by %s", user.pk, about.get("type", method))


def log_sign_in(user: User, **_: Any) -> None:
    logger.info("account %s signed in", user.pk)


def log_wrong_password(credentials: dict[str, Any], **_: Any) -> None:
    typed = credentials.get("email") or credentials.get("username") or ""
    logger.warning("a sign-in to address %s failed", hash_address(typed).hex()[-MARK_LENGTH:])


def log_wrong_code(user: User, **_: Any) -> None:
    logger.warning("account %s was given a wrong code", user.pk)


def log_sign_out(user: User | None, **_: Any) -> None:
    if user:
        logger.info("account %s signed out", user.pk)
