"""Acts on standing consent, each one transaction with one entry per purpose."""

from consents.choices.services.answering import defer, give, renew
from consents.choices.services.asking import ask, queue_digest, queue_digests_when_due
from consents.choices.services.ending import expire, expire_when_due, invalidate, revoke, revoke_all, revoke_when_due
from consents.choices.services.marking import NotAnnounced, announce_lift, lift, place
from consents.choices.services.refusals import (
    AskedTooSoon,
    NeedsConfirmation,
    NeedsGuardian,
    NoButton,
    NoSuchPurpose,
    NotPossibleNow,
    NotWhole,
    OldEnough,
    TextHasChanged,
)
from consents.choices.services.telling import begin_telling, tell_next
from consents.choices.services.withdrawing import opt_out, withdraw, withdraw_all

__all__ = [
    "AskedTooSoon",
    "NeedsConfirmation",
    "NeedsGuardian",
    "NoButton",
    "NoSuchPurpose",
    "NotAnnounced",
    "NotPossibleNow",
    "NotWhole",
    "OldEnough",
    "TextHasChanged",
    "announce_lift",
    "ask",
    "begin_telling",
    "defer",
    "expire",
    "expire_when_due",
    "give",
    "invalidate",
    "lift",
    "opt_out",
    "place",
    "queue_digest",
    "queue_digests_when_due",
    "renew",
    "revoke",
    "revoke_all",
    "revoke_when_due",
    "tell_next",
    "withdraw",
    "withdraw_all",
]
