"""Rectification and correction, fulfilled: each proposed value is looked at, and written into the vault or refused."""

from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import Category
from consents.core.refusals import Refusal, Unknown
from consents.ledger.rules import Actor
from consents.people.models import StaffMember
from consents.rights import words
from consents.rights.models import Correction, Meant, RightsRequest, Words
from consents.rights.rules.answers import CORRECTIONS, Waiting, WhyNotCorrected
from consents.rights.services.answering import is_identified
from consents.rights.services.recording import held, held_open, take, tell
from consents.rights.services.refusals import AlreadyAnswered, IdentityFirst
from consents.rights.services.waiting import CLOCK, end_wait
from consents.vault import services as vault


class AlreadyDecided(Refusal):
    sentence = _("This value was decided on already. Nothing was changed.")


class Proposal(NamedTuple):
    """What should read otherwise: `place` among those of its request, codes of category and field, the value."""

    place: int
    category: str
    field: str
    right: str


def proposals(row: RightsRequest) -> list[Proposal]:
    """Opened with the customer's key; none once they are erased."""
    if row.request_type not in CORRECTIONS:
        return []
    said = words.read(row, Words.Kind.ASKED).get("proposals", [])
    return [Proposal(place, one["category"], one["field"], one["right"]) for place, one in enumerate(said)]


@transaction.atomic
def decide_value(
    *,
    request: UUID,
    place: int,
    officer: StaffMember,
    by: Actor,
    why_not: WhyNotCorrected | None = None,
) -> Correction:
    """Write a proposed value into the vault or, with `why_not`, refuse it; once each.

    Two entries where it is written: the vault takes nothing without its own. Raises Unknown, NotAnOfficer,
    AlreadyAnswered, IdentityFirst, AlreadyDecided, NoSuchEntry.
    """
    row = held_open(request, officer)
    if not is_identified(row):
        raise IdentityFirst
    found = next((one for one in proposals(row) if one.place == place), None)
    category = Category.objects.filter(code=found.category).first() if found else None
    if found is None or category is None:
        raise Unknown
    if row.corrections.filter(place=place).exists():
        raise AlreadyDecided
    take(row, officer)
    row.save(update_fields=["handler", "state"])
    if why_not is None:
        write(row, found, category, by)
    decided = Correction.record(
        request=row,
        place=place,
        category=category,
        field=found.field,
        is_accepted=why_not is None,
        why_not=why_not or "",
        decided_by=officer.user,
    )
    outcome = "refused" if why_not else "accepted"
    tell(row, "value_decided", by, outcome, place=place, category=category.code, field=found.field)
    return decided


def write(row: RightsRequest, found: Proposal, category: Category, by: Actor) -> None:
    assert row.customer_id
    meant = Meant.objects.filter(request=row).first()
    vault.correct(
        customer=row.customer_id,
        category=category.pk,
        field=found.field,
        value=found.right,
        record=meant.entry if meant else None,
        by=by,
    )


@transaction.atomic
def choose_entry(*, request: UUID, customer: UUID, entry: UUID, by: Actor) -> Meant:
    """The customer says which of several entries they mean, once; a clock that waited for it goes on.

    Raises Unknown (not theirs: neither the request nor, of what is to be corrected, the entry), AlreadyAnswered,
    NoCalendar.
    """
    row = held(request, customer=customer)
    if row.request_type not in CORRECTIONS:
        raise Unknown
    if row.is_answered:
        raise AlreadyAnswered
    chosen = Meant.objects.filter(request=row).first()
    if chosen is None:
        check_theirs(row, entry)
        chosen = Meant.record(request=row, entry=entry)
        resumed = end_wait(row, Waiting.SCOPE)
        row.save(update_fields=CLOCK)
        tell(row, "entry_chosen", by, **resumed)
    return chosen


def check_theirs(row: RightsRequest, entry: UUID) -> None:
    assert row.customer_id
    kinds = Category.objects.filter(code__in={one.category for one in proposals(row)})
    if not any(vault.holds(record=entry, customer=row.customer_id, category=kind.pk) for kind in kinds):
        raise Unknown
