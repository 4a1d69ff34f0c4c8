"""List what systems are told by webhook: each kind, and what its body names. Pure."""

from typing import NamedTuple
from uuid import UUID

from django.conf import settings

from consents.core import sealing
from consents.systems.models import Webhook

CUSTOMER, PURPOSE, RECORD = "customer", "purpose", "record"
TEST, RESTORED = "webhook.test", "ledger.restored"
ERASED, RETIRED, PUBLISHED = "customer.erased", "purpose.retired", "purpose_version.published"


class Kind(NamedTuple):
    """`names`: what the body always names; `may_name`: what it names where there is such a thing. All else is null."""

    summary: str
    names: frozenset[str] = frozenset()
    may_name: frozenset[str] = frozenset()


CONSENT = frozenset({CUSTOMER, PURPOSE, RECORD})
MARK = frozenset({CUSTOMER, RECORD}), frozenset({PURPOSE})
# By the event of the ledger that each tells of.
KINDS = {
    "consent.given": Kind("A customer has given consent.", CONSENT),
    "consent.renewed": Kind("A customer has renewed consent.", CONSENT),
    "consent.refused": Kind("A customer has refused consent.", CONSENT),
    "consent.withdrawn": Kind("A customer has withdrawn consent.", CONSENT),
    "consent.expired": Kind("A customer’s consent has run out.", CONSENT),
    "consent.revoked": Kind(
        "The company has ended a customer’s consent: a new text, or the end of a purpose.", CONSENT
    ),
    "consent.invalidated": Kind("An authority or a court has found a customer’s consent invalid.", CONSENT),
    "restriction.placed": Kind("The use of a customer’s data is paused.", *MARK),
    "restriction.lifted": Kind("The use of a customer’s data is no longer paused.", *MARK),
    "objection.placed": Kind("A customer has objected to a use of their data.", *MARK),
    "objection.lifted": Kind("A customer’s objection no longer stands.", *MARK),
    "limit.placed": Kind("A customer has limited the use of sensitive data.", *MARK),
    "limit.lifted": Kind("A customer no longer limits the use of sensitive data.", *MARK),
    "customer.part_erased": Kind(
        "Some of a customer’s data was deleted, or is kept by law alone.", frozenset({CUSTOMER, RECORD})
    ),
    ERASED: Kind("A customer was erased.", frozenset({CUSTOMER})),
    RETIRED: Kind("A purpose has ended, for everybody.", frozenset({PURPOSE})),
    PUBLISHED: Kind("A purpose has a new text: consent to the earlier one may have ended.", frozenset({PURPOSE})),
    RESTORED: Kind("The portal was restored from a backup: any answer may be another one now."),
    TEST: Kind("An officer tries whether webhooks arrive. It tells of nothing."),
}


PLACE = "webhook"


def seal_number(webhook: UUID, number: str, key_id: str) -> bytes:
    return sealing.seal_value(settings.KEYRING.wrapping[key_id], number.encode(), PLACE, str(webhook))


def read_number(webhook: Webhook) -> str | None:
    """Return the number of the customer; None for everybody. Raises KeyError, CannotOpen."""
    if webhook.sealed:
        key = settings.KEYRING.wrapping[webhook.key_id]
        return sealing.open_value(key, bytes(webhook.sealed), PLACE, str(webhook.pk)).decode()
    if webhook.customer is None:
        return None
    if not webhook.customer.reference:  # nobody is told of everybody because one number is gone
        raise sealing.CannotOpen
    return webhook.customer.reference
