"""Acts of this room: queueing messages, what became of them, what customers want of mail."""

from consents.notifications.services.choosing import choose_digests
from consents.notifications.services.erasing import stop_for_erased
from consents.notifications.services.failing import (
    CannotRetry,
    NotOurMail,
    note_failed_try,
    note_refused_address,
    record_bounce,
    restore_address,
    retry,
)
from consents.notifications.services.telling import queue_account_mail, tell, tell_address

__all__ = [
    "CannotRetry",
    "NotOurMail",
    "choose_digests",
    "note_failed_try",
    "note_refused_address",
    "queue_account_mail",
    "record_bounce",
    "restore_address",
    "retry",
    "stop_for_erased",
    "tell",
    "tell_address",
]
