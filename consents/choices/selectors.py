"""Read a customer's choices and marks, purpose by purpose."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import (
    BooleanField,
    Exists,
    Func,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    prefetch_related_objects,
)

from consents.catalogue import selectors as catalogue
from consents.catalogue.models import Category, LegalBasis, Purpose, PurposeVersion, Recipient, Usage
from consents.choices import rules
from consents.choices.models import Choice, Digest, Mark, Status
from consents.choices.rules import Lapse, MarkKind, Marks, StoredChoice
from consents.core import clock
from consents.core.clock import DatabaseNow
from consents.ledger.models import Entry
from consents.people.models import Acting, JointAssent, StaffMember
from consents.people.selectors import list_still_holding, select_joint_assents
from consents.vault import selectors as vault
from consents.vault.rules import Remainder

RUNS_OUT_SOON = timedelta(days=60)
JOINT_EVENTS = ["joint_consent.assented", "joint_consent.refused"]
MOST_JOINT_ENTRIES = 100


@dataclass(frozen=True)
class Standing:
    """A purpose as a customer sees it at `now`. `choice` is None while there is no answer: that is a no.

    `material`: number of the newest material version; `outdated_at`: when one came after what the customer answered to.
    """

    version: PurposeVersion
    choice: Choice | None
    material: int
    now: datetime
    outdated_at: datetime | None = None

    @property
    def stored(self) -> Status:
        return Status(self.choice.status) if self.choice else Status.UNKNOWN

    @cached_property
    def status(self) -> Status:
        """Compute the status now from the stored one."""
        if self.choice is None:
            return Status.UNKNOWN
        stored = StoredChoice(self.stored, self.choice.version.number, self.choice.valid_until)
        is_retired = self.version.purpose.retired_at is not None
        return rules.compute_status(stored, material=self.material, is_retired=is_retired, now=self.now)

    @property
    def is_given(self) -> bool:
        return self.status in rules.YES

    @property
    def is_no(self) -> bool:
        """Tell whether it is the customer's own no, which is not asked about again during the waiting time."""
        return self.status in rules.NO

    @property
    def is_lapsed(self) -> bool:
        """Tell whether consent was given and then ended by time, the company or an authority: it is asked again."""
        return self.status in rules.LAPSED

    @property
    def ended_at(self) -> datetime | None:
        """Return when a lapsed yes ended, whether that is on record yet or not."""
        if self.choice is None or not self.is_lapsed:
            return None
        if self.stored in rules.LAPSED:
            return self.choice.since
        return min(at for at in (self.outdated_at, self.choice.valid_until) if at is not None and at <= self.now)

    @property
    def is_open(self) -> bool:
        """Tell whether nothing is decided, so that the answer may be put off."""
        return not self.is_given and not self.is_no

    @property
    def is_outdated(self) -> bool:
        """Tell whether consent lapsed because the text changed materially, so that it is asked again."""
        return self.status == Status.REVOKED

    @property
    def is_reworded(self) -> bool:
        """Tell whether consent stands although the words, not their meaning, have changed since."""
        return self.is_given and self.choice is not None and self.choice.version_id != self.version.pk

    @property
    def can_renew(self) -> bool:
        """Tell whether consent can be renewed: shortly before or after it expires, for a text of the same meaning."""
        if self.status == Status.EXPIRED:
            return self.choice is not None and self.choice.version.number >= self.material
        until = self.choice.valid_until if self.choice else None
        return self.is_given and until is not None and until - self.now <= RUNS_OUT_SOON

    @property
    def can_agree(self) -> bool:
        """Tell whether the page offers to agree: no consent is in force, or it would last longer."""
        return not self.is_given or self.can_renew

    @property
    def needs_second_step(self) -> bool:
        return rules.needs_second_step(explicit=self.version.explicit, sale=self.version.sale, status=self.status)

    @property
    def is_asked(self) -> bool:
        """Tell whether consent is asked for; purposes on another legal basis are only shown."""
        return self.version.legal_basis == LegalBasis.CONSENT


@dataclass(frozen=True)
class ChoicesReading:
    """Every standing purpose in force with the customer's choice, and the choices about retired ones.

    `holders`: of the account; `assents`: what single ones have agreed to. `is_paused`: whether a restriction stops
    every use; `objected`: the purposes, by id, that an objection stops. `is_of_several`: whether more than one person
    acts or has acted for the customer, so that a choice need not be the reader's. `left`: what partial erasures left.
    """

    standings: list[Standing]
    retired: list[Choice]
    holders: list[Acting]
    assents: list[JointAssent]
    is_paused: bool
    objected: set[int]
    is_of_several: bool
    left: dict[str, Remainder]

    def has_nothing_for(self, version: PurposeVersion) -> bool:
        """Tell whether partial erasures left nothing that this purpose may use."""
        closed = {Remainder.NOTHING, Remainder.KEPT}
        if version.legal_basis == LegalBasis.LEGAL_OBLIGATION:
            closed = {Remainder.NOTHING}
        return bool(self.left) and all(self.left.get(kind.code) in closed for kind in version.categories.all())


def read_choices(customer: UUID) -> ChoicesReading:
    """Read all that the page of choices shows."""
    choices = list(select_choices(customer).select_related("purpose").order_by("-purpose__retired_at", "pk"))
    retired = [choice for choice in choices if choice.purpose.retired_at is not None]
    prefetch_related_objects(retired, "version__notices")
    acting = list(Acting.objects.filter(customer=customer).select_related("user").order_by("-capacity", "id"))
    holders = list_still_holding(acting)
    marks = list(select_standing_marks(customer))
    objections = [mark for mark in marks if mark.kind == MarkKind.OBJECTION]
    return ChoicesReading(
        standings=build_standings(select_standing_texts(), choices),
        retired=retired,
        holders=holders,
        assents=list(select_consent_assents(customer)) if len(holders) > 1 else [],
        is_paused=any(mark.kind == MarkKind.RESTRICTION for mark in marks),
        objected=set(select_objected_purposes(customer).values_list("pk", flat=True)) if objections else set(),
        is_of_several=len({part.user_id for part in acting}) > 1,
        left=vault.compute_remainders(vault.select_done_erasures(customer)),
    )


def select_consent_assents(customer: UUID) -> QuerySet[JointAssent]:
    return select_joint_assents(customer).filter(matter=JointAssent.Matter.CONSENT)


def select_outdated_since(customer: UUID, since: datetime) -> QuerySet[Choice]:
    """Select the consents that a text of another meaning has ended since then; no entry tells of that."""
    newer = PurposeVersion.objects.filter(
        material=True, purpose=OuterRef("purpose"), number__gt=OuterRef("version__number")
    )
    ended = [Exists(newer.filter(published_at__gt=since)), ~Exists(newer.filter(published_at__lte=since))]
    lasted = Q(valid_until=None) | Q(valid_until__gt=since)
    return select_choices(customer).filter(*ended, lasted, status__in=rules.YES, purpose__retired_at=None)


def select_standing_texts() -> QuerySet[PurposeVersion]:
    categories = Prefetch("categories", Category.objects.order_by("sensitive", "order", "code"))
    recipients = Prefetch("recipients", Recipient.objects.order_by("code"))
    return catalogue.select_standing().prefetch_related("notices", categories, recipients)


def build_standings(versions: QuerySet[PurposeVersion], choices: Iterable[Choice]) -> list[Standing]:
    """Build the standing of each version in force, by the choices of one customer."""
    of_purpose = {choice.purpose_id: choice for choice in choices}
    read: list[Any] = list(versions.annotate(read_at=DatabaseNow()))
    asked = {version.purpose_id for version in read}
    changes = catalogue.group_material_changes(catalogue.select_material_changes().filter(purpose__in=asked))
    return [
        build_standing(
            version, of_purpose.get(version.purpose_id), changes.get(version.purpose_id, []), version.read_at
        )
        for version in read
    ]


def build_standing(
    version: PurposeVersion, choice: Choice | None, changes: list[tuple[int, datetime]], now: datetime
) -> Standing:
    material = changes[-1][0] if changes else 0
    later = [at for number, at in changes if choice is not None and number > choice.version.number]
    return Standing(version, choice, material, now, later[0] if later else None)


def select_choices(customer: UUID) -> QuerySet[Choice]:
    return Choice.objects.filter(customer_id=customer).select_related("version")


def find_standing(customer: UUID, purpose: str) -> Standing | None:
    """Find the standing on one purpose; None if no such standing purpose is in force."""
    versions = select_standing_texts().filter(purpose__code=purpose)
    standings = build_standings(versions, select_choices(customer).filter(purpose__code=purpose))
    return next(iter(standings), None)


def list_withdrawn_choices(customer: UUID) -> list[Choice]:
    """List withdrawn choices about purposes that are still asked, newest first."""
    standing = catalogue.select_standing().filter(legal_basis=LegalBasis.CONSENT).order_by()
    taken_back = select_choices(customer).filter(status=Status.WITHDRAWN, purpose__in=standing.values("purpose"))
    taken_back = taken_back.select_related("version", "purpose").prefetch_related("version__notices")
    return list(taken_back.order_by("-since", "purpose__code"))


def map_withdrawers(choices: Iterable[Choice]) -> dict[UUID, str]:
    """Map each withdrawn choice to the user who withdrew it, by the ledger; one left out was recorded by staff."""
    ids = [str(choice.pk) for choice in choices]
    entries = Entry.objects.filter(object__in=ids, event="consent.withdrawn").order_by("id")
    return {UUID(choice): actor for choice, actor in entries.values_list("object", "actor")}


def find_choice(customer: UUID, purpose: str) -> Choice | None:
    """Find the choice about a purpose, in force or retired."""
    return select_choices(customer).filter(purpose__code=purpose).select_related("version", "purpose").first()


def find_retired_version(purpose: str) -> PurposeVersion | None:
    """Find the last text of a purpose about which customers chose until it was retired; None of any other."""
    ended = PurposeVersion.objects.filter(purpose__code=purpose, purpose__retired_at__isnull=False)
    published = ended.exclude(purpose__usage=Usage.PER_REQUEST).exclude(published_at=None)
    return published.prefetch_related("notices").order_by("-number").first()


def list_joint_entries(choice: Choice) -> list[Entry]:
    """List what single holders of a shared account said about this purpose before all of them agreed."""
    said = Entry.objects.filter(customer=choice.customer_id, purpose=choice.purpose.code, event__in=JOINT_EVENTS)
    return list(said.order_by("-id")[:MOST_JOINT_ENTRIES])


def name_recorders(entries: Iterable[Entry]) -> dict[str, str]:
    """Name the staff who put on record what the customer said elsewhere, by user id."""
    recorders = {entry.find_fact("recorded_by", UUID) for entry in entries} - {None}
    members = StaffMember.objects.filter(pk__in=recorders).select_related("user") if recorders else ()
    return {str(member.pk): str(member) for member in members}


def find_choice_by_record(id: UUID) -> Choice | None:
    """Find a choice by the number of its record, as on receipts."""
    return Choice.objects.filter(pk=id).select_related("version", "purpose").first()


def find_lapse_of(choice: Choice, now: datetime) -> Lapse | None:
    """Find what ended a stored yes first; None while it is in force."""
    return rules.find_lapse(
        Status(choice.status),
        retired_at=choice.purpose.retired_at,
        changed_at=catalogue.find_next_material_change(choice.version),
        valid_until=choice.valid_until,
        now=now,
    )


def select_agreed_before(version: PurposeVersion, after: UUID | None) -> QuerySet[Choice, tuple[UUID, UUID]]:
    """Select (choice, customer), by customer, of consents to earlier versions; some may have ended since."""
    agreed = Choice.objects.filter(purpose_id=version.purpose_id, status__in=sorted(rules.YES))
    earlier = agreed.filter(version__number__lt=version.number)
    rest = earlier.filter(customer_id__gt=after) if after else earlier
    return rest.order_by("customer_id").values_list("pk", "customer_id")


def find_refusal_time(customer: UUID, purpose: int) -> datetime | None:
    """Return when the customer refused or withdrew this purpose, or None."""
    standing_no = Choice.objects.filter(customer_id=customer, purpose_id=purpose, status__in=sorted(rules.NO))
    return standing_no.values_list("since", flat=True).first()


def find_opt_out_end(customer: UUID, purpose: int) -> datetime | None:
    """Return until when a Californian who opted out of sale or sharing may not be asked (Civ 1798.135(c)(4))."""
    opted_out = Choice.objects.filter(customer_id=customer, purpose_id=purpose, rest_rule=rules.RestRule.CALIFORNIA)
    return opted_out.values_list("rests_until", flat=True).first()


@dataclass(frozen=True)
class SaleStanding:
    """A customer's choices about all sale and sharing: (status, given despite the browser's signal)."""

    purposes: list[tuple[Status, bool]]

    @property
    def gives_way(self) -> bool:
        """Tell whether there is anything left to opt out of when the browser asks for it."""
        return any(rules.is_ended_by_signal(status, despite_signal=despite) for status, despite in self.purposes)

    @property
    def is_agreed_despite_signal(self) -> bool:
        return any(status in rules.YES and despite for status, despite in self.purposes)

    @property
    def is_opted_out(self) -> bool:
        return all(status in rules.NO for status, _despite in self.purposes)


def get_sale_standing(customer: UUID) -> SaleStanding:
    """Judge it now, including ends not yet on record."""
    standings = build_standings(catalogue.select_standing().filter(sale=True), select_choices(customer))
    return SaleStanding([(one.status, bool(one.choice and one.choice.despite_signal)) for one in standings])


def select_idle_choices(now: datetime, for_long: timedelta) -> QuerySet[Choice]:
    """Select once given choices of customers who have chosen nothing, not signed in and got no digest for so long."""
    since = now - for_long
    here = Acting.objects.filter(customer=OuterRef("customer"), ends_at=None, user__last_login__gt=since)
    own_acts = [*rules.YES, *rules.NO, Status.DEFERRED]
    changed = Choice.objects.filter(customer=OuterRef("customer"), since__gt=since, status__in=own_acts)
    reminded = Digest.objects.filter(customer=OuterRef("customer"), queued_at__gt=since)
    agreed_once = [*rules.YES, *rules.LAPSED]
    agreed = Choice.objects.filter(status__in=agreed_once, purpose__retired_at=None)
    return agreed.filter(~Exists(changed), ~Exists(here), ~Exists(reminded))


def is_idle(customer: UUID, now: datetime, for_long: timedelta) -> bool:
    return select_idle_choices(now, for_long).filter(customer_id=customer).exists()


def build_unanswered_standing(version: PurposeVersion) -> Standing:
    """Build the standing of someone who has never answered this version."""
    return Standing(version, None, 0, clock.now())


class MarkCovers(Func):
    """SQL expression: does a mark of this kind, purpose and moment cover the use for a purpose?"""

    function = "portal.mark_covers"
    output_field = BooleanField()


def select_standing_marks(customer: Any) -> QuerySet[Mark]:
    return Mark.objects.filter(customer_id=customer, lifted_at=None)


def select_pauses(customer: Any) -> QuerySet[Mark]:
    """Select the restrictions that stand: while there is one, nothing is used, whatever it rests on."""
    return select_standing_marks(customer).filter(kind=MarkKind.RESTRICTION)


def select_objected_purposes(customer: Any) -> QuerySet[Purpose]:
    covers = MarkCovers("kind", "purpose", "placed_at", OuterRef("pk"))
    objections = select_standing_marks(customer).filter(covers, kind=MarkKind.OBJECTION)
    return Purpose.objects.filter(Exists(objections)).order_by()


def get_marks(customer: UUID, purpose: str) -> Marks:
    """Return the marks against this use of this customer's data, in one query."""
    used_for = Purpose.objects.filter(code=purpose).values("pk")
    about_it = MarkCovers("kind", "purpose", "placed_at", Subquery(used_for))
    kinds = set(select_standing_marks(customer).filter(about_it).values_list("kind", flat=True))
    return Marks(MarkKind.RESTRICTION in kinds, MarkKind.OBJECTION in kinds, MarkKind.LIMIT in kinds)


def select_marks_of_request(rights_request: UUID) -> QuerySet[Mark]:
    """Select the marks that came with a rights request."""
    return Mark.objects.filter(request=rights_request).select_related("purpose").order_by("placed_at", "pk")
