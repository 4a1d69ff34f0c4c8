"""One customer's whole history for a complaint, and what could whom see at any moment. Pseudonymous: nothing is
read from the vault, and the customer has no name here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from consents.access.models import Grant
from consents.catalogue import selectors as catalogue
from consents.catalogue.models import LegalBasis, PurposeVersion
from consents.choices.rules import Said, Status
from consents.decisions.rules import Decision, PurposeFacts, Why, decide_for_system
from consents.ledger.models import Entry
from consents.people.models import Customer, StaffMember

PAGE = 100
WHY = {
    Why.CONSENTED: _("The customer had given consent."),
    Why.OTHER_BASIS: _("It rests on another legal basis than consent: %(basis)s."),
    Why.NO_CONSENT: _("There was no consent."),
    Why.OUTDATED_TEXT: _("Consent had been given to an earlier text that meant something else."),
    Why.CONSENT_EXPIRED: _("Consent had run out."),
    Why.OPTED_OUT: _("The customer had said no to it."),
    Why.ERASED: _("The customer had been erased."),
}


@dataclass(frozen=True)
class Use:
    """One purpose in the version then in force: whether systems of the company could use its categories, and why."""

    version: PurposeVersion
    decision: Decision

    @property
    def why(self) -> str:
        return str(WHY[self.decision.why]) % {"basis": LegalBasis(self.version.legal_basis).label}


@dataclass(frozen=True)
class Moment:
    """What was so at `at`: who of the staff could open what under which grant, and what systems could use."""

    at: datetime
    grants: Sequence[Grant]
    uses: Sequence[Use]


@dataclass(frozen=True)
class Line:
    """An entry as an officer reads it. `member`: who of the staff it was."""

    entry: Entry
    member: str

    @property
    def what(self) -> str:
        """The ledger's own name of the event, as words."""
        return self.entry.event.replace(".", " ").replace("_", " ")

    @property
    def outcome(self) -> str:
        return self.entry.outcome.replace("_", " ")


def moment(customer: Customer, at: datetime) -> Moment:
    """Judged from grants and ledger as they stood at `at`; what was recorded later changes nothing."""
    return Moment(at, list(grants_at(customer.pk, at)), uses_at(customer, at))


def grants_at(customer: UUID, at: datetime) -> QuerySet[Grant]:
    """Live then, of members of staff who were members then."""
    live = Grant.objects.filter(customer=customer, starts_at__lte=at, ends_at__gt=at)
    live = live.filter(Q(ended_at=None) | Q(ended_at__gt=at))
    members = live.filter(Q(staff__staff_member__ended_at=None) | Q(staff__staff_member__ended_at__gt=at))
    rows = members.select_related("staff__staff_member", "category", "request__version")
    return rows.prefetch_related("request__version__notices").order_by("starts_at", "pk")


def uses_at(customer: Customer, at: datetime) -> list[Use]:
    material, said = material_at(at), said_at(customer.pk, at)
    is_erased = customer.erased_at is not None and customer.erased_at <= at
    return [
        Use(version, Decision(False, Why.ERASED) if is_erased else decided(version, material, said, at))
        for version in in_force_at(at)
    ]


def decided(version: PurposeVersion, material: dict[int, int], said: dict[str, Said], at: datetime) -> Decision:
    """The same answer for each of its categories."""
    codes = [category.code for category in version.categories.all()]
    facts = PurposeFacts(version.legal_basis, frozenset(codes), material.get(version.purpose_id, 0))
    return decide_for_system(purpose=facts, category=codes[0], said=said.get(version.purpose.code), now=at)


def in_force_at(at: datetime) -> list[PurposeVersion]:
    kept = Q(purpose__retired_at=None) | Q(purpose__retired_at__gt=at)
    published = catalogue.with_words().filter(kept, published_at__lte=at, categories__isnull=False)
    return list(published.order_by("purpose__code", "-number").distinct("purpose__code"))


def material_at(at: datetime) -> dict[int, int]:
    """Number of the newest material version then, by purpose."""
    published = PurposeVersion.objects.filter(published_at__lte=at, material=True)
    return dict(published.values_list("purpose").annotate(newest=Max("number")))


def said_at(customer: UUID, at: datetime) -> dict[str, Said]:
    """What the customer had last said to each purpose, by its code."""
    entries = Entry.objects.filter(customer=customer, event__startswith="consent.", occurred_at__lte=at)
    found = {}
    for entry in entries.order_by("purpose", "-id").distinct("purpose"):
        until = entry.facts.get("valid_until")
        found[entry.purpose] = Said(
            Status(entry.outcome), entry.facts["version"], datetime.fromisoformat(until) if until else None
        )
    return found


def lines(customer: UUID, before: int | None = None) -> list[Line]:
    """A page of the customer's own chain, newest first; `before`: the entry the last page ended with."""
    rows = Entry.objects.filter(customer=customer).order_by("-id")
    found = list((rows.filter(id__lt=before) if before else rows)[:PAGE])
    staff = {str(member.pk): str(member) for member in StaffMember.objects.filter(pk__in=ids_of_staff(found))}
    return [Line(entry, staff.get(entry.actor, "")) for entry in found]


def ids_of_staff(entries: Iterable[Entry]) -> set[UUID]:
    return {UUID(entry.actor) for entry in entries if entry.actor_kind == "staff" and entry.actor}
