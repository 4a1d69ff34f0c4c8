"""A customer's acts on standing consent."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.catalogue import selectors as catalogue
from consents.catalogue.models import LegalBasis, PurposeVersion
from consents.catalogue.services import hold_still
from consents.choices.models import Choice, Status
from consents.choices.signals import consent_withdrawn
from consents.core import clock
from consents.core.refusals import Refusal, Unknown
from consents.ledger import services as ledger
from consents.ledger.rules import Actor


class TextHasChanged(Refusal):
    sentence = _("The text of this choice changed while your page was open. Read the new text; nothing was saved.")


class NoSuchPurpose(Unknown):
    sentence = _("There is no such choice.")


EVENTS = {
    Status.GIVEN: "consent.given",
    Status.REFUSED: "consent.refused",
    Status.WITHDRAWN: "consent.withdrawn",
    Status.REVOKED: "consent.revoked",
}


@transaction.atomic
def give(*, customer: UUID, purpose: str, version: int, by: Actor) -> Choice:
    """Consent to exactly this published version of this purpose. Raises TextHasChanged when another is in force."""
    hold_still(version)
    ledger.hold(customer)
    return record(customer, shown(purpose, version), Status.GIVEN, by)


@transaction.atomic
def withdraw(*, customer: UUID, purpose: str, by: Actor) -> Choice:
    """Take consent back, or say no where none was given; running access for the purpose ends in this transaction."""
    ledger.hold(customer)
    version = catalogue.standing().filter(purpose__code=purpose).first()
    if version is None:
        raise NoSuchPurpose
    standing = Choice.objects.filter(customer_id=customer, purpose=version.purpose).first()
    if standing is None:
        choice = record(customer, version, Status.REFUSED, by)
    elif standing.status == Status.GIVEN:
        choice = record(customer, standing.version, Status.WITHDRAWN, by)
    else:
        choice = standing
    consent_withdrawn.send(sender=Choice, customer=customer, purpose=version.purpose, by=by)
    return choice


def shown(purpose: str, version: int) -> PurposeVersion:
    asked = catalogue.standing().filter(legal_basis=LegalBasis.CONSENT, purpose__code=purpose)
    current = asked.filter(pk=version).first()
    if current is None:
        raise TextHasChanged
    return current


def record(customer: UUID, version: PurposeVersion, status: Status, by: Actor) -> Choice:
    """State and entry, once: repeating what already stands changes nothing and leaves no second entry."""
    choice = Choice.objects.filter(customer_id=customer, purpose=version.purpose).first()
    if choice and (choice.status, choice.version_id) == (status, version.pk):
        return choice
    choice = choice or Choice(customer_id=customer, purpose=version.purpose)
    choice.version, choice.status, choice.since = version, status, clock.now()
    choice.save()
    ledger.append(
        event=EVENTS[status],
        by=by,
        customer=customer,
        object_type="choice",
        object=choice.pk,
        purpose=version.purpose.code,
        outcome=status,
        details={"version": version.number},
    )
    return choice


@transaction.atomic
def revoke_all(*, customer: UUID, by: Actor, **_: Any) -> None:
    """The customer is erased: nothing stands as given any more. By signal, inside that act."""
    ledger.hold(customer)
    given = Choice.objects.filter(customer_id=customer, status=Status.GIVEN).select_related("version__purpose")
    for choice in given.order_by("pk"):
        record(customer, choice.version, Status.REVOKED, by)
