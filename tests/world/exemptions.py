"""Exemptions of the standing characters: Sam files one about Ada, Pia decides."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from consents.access.models import Grant
from consents.core import clock
from consents.disclosures.services import disclose_records
from consents.exemptions.bypasses import Closeness
from consents.exemptions.models import Exemption
from consents.exemptions.rules import Emergency, LegalOrder, NewDelay, NewExemption
from consents.exemptions.services import deciding, filing
from consents.ledger.rules import Actor
from consents.people.models import StaffMember

ORDER = LegalOrder(
    statute="StPO § 95",
    order_number="4 Gs 17/26",
    ordered_on=date(2020, 1, 2),
    authority="Amtsgericht Hamburg",
    scope_asked="Everything ordered since January.",
    necessity="The order names these orders; nothing less answers it.",
)
EMERGENCY = Emergency(threat="A delivery may be poisoned.", no_other_way="The customer does not answer the phone.")


def by_staff(member: StaffMember) -> Actor:
    return Actor("staff", str(member.pk))


def build_exemption(world: Any, *categories: str, **terms: Any) -> NewExemption:
    values: dict[str, Any] = {
        "customer": world.ada.customer.id,
        "version": world.version.pk,
        "categories": frozenset(world.categories[code].pk for code in categories or ["orders"]),
        "sentence": "A court ordered us to show your orders.",
        "duration": timedelta(hours=1),
        "token": uuid4(),
        "ground": ORDER,
        "why_unasked": "forbidden",
        "unasked_words": "The order forbids it.",
    }
    return NewExemption(**(values | terms))


def file_order(world: Any, *categories: str, member: StaffMember | None = None, **terms: Any) -> Exemption:
    member = member or world.sam
    new = build_exemption(world, *categories, **terms)
    return filing.file_exemption(new=new, member=member, by=by_staff(member))


def open_emergency(world: Any, *categories: str, member: StaffMember | None = None, **terms: Any) -> Exemption:
    terms = {
        "ground": EMERGENCY,
        "at_once": True,
        "why_unasked": "danger",
        "unasked_words": "Minutes count.",
    } | terms
    return file_order(world, *categories, member=member, **terms)


def decide(world: Any, exemption: Exemption, officer: StaffMember | None = None, **terms: Any) -> Exemption:
    officer = officer or world.pia
    values = {"is_granted": True, "words": "The order is valid.", "delay": None} | terms
    return deciding.decide_exemption(exemption=exemption.pk, officer=officer, by=by_staff(officer), **values)


def build_delay(days: int = 30, **words: Any) -> NewDelay:
    values = {"law": "StPO § 101", "authority": "Amtsgericht Hamburg", "reason": "The inquiry runs."}
    return NewDelay(**(values | {"until": clock.now() + timedelta(days=days)} | words))


def note_conflict(world: Any, *, staff: UUID | None = None, closeness: str = "neighbour") -> UUID:
    """Otto notes that this member of staff (None: anybody) knows Ada. Returns the id of the note."""
    about = {"customer": world.ada.customer.id, "closeness": Closeness(closeness), "staff": staff}
    note = filing.note_conflict(**about, officer=world.otto, by=by_staff(world.otto))
    assert note
    return note


def look(exemption: Exemption) -> int:
    """Look at the data that it opens; return how many records there were."""
    grant = Grant.objects.get(exemption=exemption.pk)
    seen = disclose_records(grant=grant.pk, staff=grant.staff_id, by=by_staff(grant.staff.staff_member))
    return len(seen.records)
