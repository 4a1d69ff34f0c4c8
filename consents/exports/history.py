"""One customer's whole history for a complaint, and what could whom see at any moment. Pseudonymous: nothing is
read from the vault, and the customer has no name here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from consents.access.models import Grant
from consents.catalogue import selectors as catalogue
from consents.catalogue.models import LegalBasis, PurposeVersion
from consents.choices.models import Mark
from consents.choices.rules import MarkKind, Marks, Said, Status, covers
from consents.decisions.rules import Decision, PurposeFacts, Why, decide_for_system
from consents.ledger.models import Entry
from consents.people.models import Customer, StaffMember
from consents.vault import selectors as vault
from consents.vault.rules import Left

PAGE = 100
WHY = {
    Why.CONSENTED: _("The customer had given consent."),
    Why.OTHER_BASIS: _("It rests on another legal basis than consent: %(basis)s."),
    Why.NO_CONSENT: _("There was no consent."),
    Why.OUTDATED_TEXT: _("Consent had been given to an earlier text that meant something else."),
    Why.CONSENT_EXPIRED: _("Consent had run out."),
    Why.OPTED_OUT: _("The customer had said no to it."),
    Why.ERASED: _("The customer had been erased."),
    Why.RESTRICTED: _("The customer had paused every use of their data."),
    Why.OBJECTED: _("The customer had objected to it."),
    Why.DELETED: _("These kinds of the customer’s data had been deleted."),
    Why.KEPT_BY_LAW: _("The customer’s data of these kinds was kept for what a law asks, and for nothing else."),
    Why.LIMITED: _("The customer had limited the use of sensitive data, which is part of it."),
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
    material, said, marks = material_at(at), said_at(customer.pk, at), list(marks_at(customer.pk, at))
    objected, left = objected_to(marks, at), vault.left_of(customer.pk, at)
    is_erased = customer.erased_at is not None and customer.erased_at <= at
    uses = []
    for version in in_force_at(at):
        about_it = [mark for mark in marks if is_about(mark, version.purpose_id, objected)]
        judged = decided(version, material, said, about_it, at, left)
        uses.append(Use(version, Decision(False, Why.ERASED) if is_erased else judged))
    return uses


def objected_to(marks: Iterable[Mark], at: datetime) -> set[int]:
    """Ids of the purposes that an objection to all of them is about: the first that stood, since that tells of most."""
    to_all = [mark.placed_at for mark in marks if mark.kind == MarkKind.OBJECTION and mark.purpose_id is None]
    return catalogue.were_to_be_objected_to(min(to_all), at) if to_all else set()


def is_about(mark: Mark, purpose: int, objected: set[int]) -> bool:
    return covers(MarkKind(mark.kind), mark.purpose_id, purpose, may_be_objected_to=purpose in objected)


def decided(
    version: PurposeVersion,
    material: dict[int, int],
    said: dict[str, Said],
    marks: Iterable[Mark],
    at: datetime,
    left: Mapping[str, Left],
) -> Decision:
    """The same answer for each of its categories; where a limit parts them, that for sensitive data, and where an
    erasure of part does, that for what it did not touch. `marks`: about its purpose."""
    codes = frozenset(category.code for category in version.categories.all())
    codes = codes - left.keys() or codes
    sensitive = frozenset(category.code for category in version.categories.all() if category.sensitive) & codes
    shown = min(sensitive or codes)
    facts = PurposeFacts(version.legal_basis, codes, sensitive, material.get(version.purpose_id, 0))
    kinds = {mark.kind for mark in marks}
    return decide_for_system(
        purpose=facts,
        category=shown,
        said=said.get(version.purpose.code),
        marks=Marks(MarkKind.RESTRICTION in kinds, MarkKind.OBJECTION in kinds, MarkKind.LIMIT in kinds),
        now=at,
        left=left.get(shown, Left.ALL),
    )


def marks_at(customer: UUID, at: datetime) -> QuerySet[Mark]:
    stood = Q(lifted_at=None) | Q(lifted_at__gt=at)
    return Mark.objects.filter(stood, customer=customer, placed_at__lte=at)


def in_force_at(at: datetime) -> list[PurposeVersion]:
    kept = Q(purpose__retired_at=None) | Q(purpose__retired_at__gt=at)
    whole = Q(categories__isnull=False) | Q(lost=True)
    published = catalogue.with_words().filter(kept, whole, published_at__lte=at)
    newest = published.order_by("purpose__code", "-number").distinct("purpose__code")
    return [version for version in newest if not version.lost]


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
