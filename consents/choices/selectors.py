"""Where a customer stands, purpose by purpose."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import BooleanField, Exists, Func, OuterRef, QuerySet, Subquery

from consents.catalogue import selectors as catalogue
from consents.catalogue.models import LegalBasis, Purpose, PurposeVersion
from consents.choices import rules
from consents.choices.models import Choice, Digest, Mark, Status
from consents.choices.rules import Lapse, MarkKind, Marks, Said
from consents.core import clock
from consents.people.models import Acting

RUNS_OUT_SOON = timedelta(days=60)


@dataclass(frozen=True)
class Standing:
    """One purpose as a customer sees it at `now`. `choice` is None while nothing was said: that is a no.

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

    @property
    def status(self) -> Status:
        """What the stored status comes to now."""
        if self.choice is None:
            return Status.UNKNOWN
        said = Said(self.stored, self.choice.version.number, self.choice.valid_until)
        is_retired = self.version.purpose.retired_at is not None
        return rules.status_at(said, material=self.material, is_retired=is_retired, now=self.now)

    @property
    def is_given(self) -> bool:
        return self.status in rules.YES

    @property
    def is_no(self) -> bool:
        """The customer's own no, which nobody asks about again while it rests."""
        return self.status in rules.NO

    @property
    def is_lapsed(self) -> bool:
        """Given once, and ended since by time, by the company or by an authority: it is asked anew."""
        return self.status in rules.LAPSED

    @property
    def ended_at(self) -> datetime | None:
        """Until when a yes stood that has lapsed, whether that is on record yet or not."""
        if self.choice is None or not self.is_lapsed:
            return None
        if self.stored in rules.LAPSED:
            return self.choice.since
        return min(at for at in (self.outdated_at, self.choice.valid_until) if at is not None and at <= self.now)

    @property
    def is_open(self) -> bool:
        """Nothing is decided, so that it may be put off."""
        return not self.is_given and not self.is_no

    @property
    def is_outdated(self) -> bool:
        """Lapsed because the text has changed so much that it is asked anew."""
        return self.status == Status.REVOKED

    @property
    def is_reworded(self) -> bool:
        """Stands, though the words have changed since; their meaning has not."""
        return self.is_given and self.choice is not None and self.choice.version_id != self.version.pk

    @property
    def can_renew(self) -> bool:
        """Before it runs out, and after; to a text that means the same."""
        if self.status == Status.EXPIRED:
            return self.choice is not None and self.choice.version.number >= self.material
        until = self.choice.valid_until if self.choice else None
        return self.is_given and until is not None and until - self.now <= RUNS_OUT_SOON

    @property
    def can_agree(self) -> bool:
        """A yes is asked for: none stands, or it would stand longer."""
        return not self.is_given or self.can_renew

    @property
    def needs_second_step(self) -> bool:
        return rules.needs_second_step(explicit=self.version.explicit, sale=self.version.sale, status=self.status)

    @property
    def is_asked(self) -> bool:
        """Purposes on another basis than consent are shown, not asked."""
        return self.version.legal_basis == LegalBasis.CONSENT


def standings(customer: UUID) -> list[Standing]:
    """Every standing purpose in force with the customer's choice; as many queries however many there are."""
    choices = {choice.purpose_id: choice for choice in made(customer)}
    changes, now = catalogue.material_changes(), clock.now()
    return [
        stood(version, choices.get(version.purpose_id), changes.get(version.purpose_id, []), now)
        for version in with_words(catalogue.standing())
    ]


def stood(
    version: PurposeVersion, choice: Choice | None, changes: list[tuple[int, datetime]], now: datetime
) -> Standing:
    material = changes[-1][0] if changes else 0
    later = [at for number, at in changes if choice is not None and number > choice.version.number]
    return Standing(version, choice, material, now, later[0] if later else None)


def with_words(versions: QuerySet[PurposeVersion]) -> QuerySet[PurposeVersion]:
    return versions.prefetch_related("categories", "recipients")


def made(customer: UUID) -> QuerySet[Choice]:
    return Choice.objects.filter(customer_id=customer).select_related("version")


def standing(customer: UUID, purpose: str) -> Standing | None:
    """One purpose, or None when there is no such standing purpose in force."""
    version = with_words(catalogue.standing()).filter(purpose__code=purpose).first()
    if version is None:
        return None
    choice = made(customer).filter(purpose_id=version.purpose_id).first()
    return Standing(version, choice, catalogue.last_material(version.purpose), clock.now())


def of_retired_purposes(customer: UUID) -> list[Choice]:
    """What the customer once chose and nobody asks for any more."""
    ended = made(customer).filter(purpose__retired_at__isnull=False).select_related("version", "purpose")
    return list(ended.prefetch_related("version__notices").order_by("-purpose__retired_at"))


def withdrawn(customer: UUID) -> list[Choice]:
    """What the customer has taken back and is still asked about, newest first."""
    asked = catalogue.standing().filter(legal_basis=LegalBasis.CONSENT).order_by()
    taken_back = made(customer).filter(status=Status.WITHDRAWN, purpose__in=asked.values("purpose"))
    return list(taken_back.prefetch_related("version__notices").order_by("-since", "purpose__code"))


def choice_for(customer: UUID, purpose: str) -> Choice | None:
    """In force or retired."""
    return made(customer).filter(purpose__code=purpose).select_related("version", "purpose").first()


def in_record(id: UUID) -> Choice | None:
    """By the number of the record, as receipts name it."""
    return Choice.objects.filter(pk=id).select_related("version", "purpose").first()


def lapse_of(choice: Choice, now: datetime) -> Lapse | None:
    """What ended a stored yes first; None while it stands."""
    return rules.lapse(
        Status(choice.status),
        retired_at=choice.purpose.retired_at,
        changed_at=catalogue.next_material_at(choice.version),
        valid_until=choice.valid_until,
        now=now,
    )


def agreed_before(version: PurposeVersion, after: UUID | None) -> QuerySet[Choice, tuple[UUID, UUID]]:
    """Choice and customer, by customer, of every yes on record to an earlier version, which may have ended since."""
    given = Choice.objects.filter(purpose_id=version.purpose_id, status__in=sorted(rules.YES))
    earlier = given.filter(version__number__lt=version.number)
    rest = earlier.filter(customer_id__gt=after) if after else earlier
    return rest.order_by("customer_id").values_list("pk", "customer_id")


def said_no_at(customer: UUID, purpose: int) -> datetime | None:
    """When the customer refused or withdrew this purpose; None while no no stands."""
    standing_no = Choice.objects.filter(customer_id=customer, purpose_id=purpose, status__in=sorted(rules.NO))
    return standing_no.values_list("since", flat=True).first()


def opted_out_until(customer: UUID, purpose: int) -> datetime | None:
    """Until when the company may not ask a Californian who opted out of sale or sharing (Civ 1798.135(c)(4))."""
    opted_out = Choice.objects.filter(customer_id=customer, purpose_id=purpose, rest_rule=rules.RestRule.CALIFORNIA)
    return opted_out.values_list("rests_until", flat=True).first()


@dataclass(frozen=True)
class SaleStands:
    """How a customer stands with every purpose that is sale or sharing: status, and whether despite the signal."""

    purposes: list[tuple[Status, bool]]

    @property
    def gives_way(self) -> bool:
        """Something there is still to be opted out of, when the browser asks for it."""
        return any(rules.gives_way(status, despite_signal=despite) for status, despite in self.purposes)

    @property
    def is_agreed_despite_signal(self) -> bool:
        return any(status in rules.YES and despite for status, despite in self.purposes)

    @property
    def is_opted_out(self) -> bool:
        return all(status in rules.NO for status, _despite in self.purposes)


def sale_stands(customer: UUID) -> SaleStands:
    """As it is now, whatever is on record yet; one query, whatever there is."""
    of_customer = Choice.objects.filter(customer_id=customer, purpose=OuterRef("purpose"))
    stands = (
        catalogue.standing()
        .filter(sale=True)
        .annotate(
            choice_status=Subquery(of_customer.values("status")[:1]),
            choice_despite=Subquery(of_customer.values("despite_signal")[:1]),
            choice_number=Subquery(of_customer.values("version__number")[:1]),
            choice_until=Subquery(of_customer.values("valid_until")[:1]),
            material_number=catalogue.last_material_number(),
            moment=clock.DatabaseNow(),
        )
    )
    found = stands.values_list(
        "choice_status", "choice_despite", "choice_number", "choice_until", "material_number", "moment"
    )
    return SaleStands(
        [
            (rules.status_at(Said(Status(status), number, until), material=material, now=now), despite)
            if status
            else (Status.UNKNOWN, False)
            for status, despite, number, until, material, now in found
        ]
    )


def said(customer: UUID, purpose: str) -> Said | None:
    """What the customer last said to this purpose; one query."""
    found = Choice.objects.filter(customer=customer, purpose__code=purpose)
    values = found.values_list("status", "version__number", "valid_until").first()
    return Said(Status(values[0]), values[1], values[2]) if values else None


def idle(now: datetime, for_long: timedelta) -> QuerySet[Choice]:
    """What customers agreed to once who have chosen nothing, not signed in and got no digest for so long."""
    since = now - for_long
    here = Acting.objects.filter(customer=OuterRef("customer"), ends_at=None, user__last_login__gt=since)
    own_acts = [*rules.YES, *rules.NO, Status.DEFERRED]
    changed = Choice.objects.filter(customer=OuterRef("customer"), since__gt=since, status__in=own_acts)
    reminded = Digest.objects.filter(customer=OuterRef("customer"), queued_at__gt=since)
    agreed_once = [*rules.YES, *rules.LAPSED]
    given = Choice.objects.filter(status__in=agreed_once, purpose__retired_at=None)
    return given.filter(~Exists(changed), ~Exists(here), ~Exists(reminded))


def idle_customers(now: datetime, for_long: timedelta, most: int) -> list[UUID]:
    found = idle(now, for_long).order_by("customer_id").values_list("customer_id", flat=True).distinct()
    return list(found[:most])


def is_idle(customer: UUID, now: datetime, for_long: timedelta) -> bool:
    return idle(now, for_long).filter(customer_id=customer).exists()


def unanswered(version: PurposeVersion) -> Standing:
    """A version as somebody reads it who never said anything to it."""
    return Standing(version, None, 0, clock.now())


class Covers(Func):
    """Whether a mark of this kind, purpose and moment is about the use for a purpose."""

    function = "mark_covers"
    output_field = BooleanField()


def standing_marks(customer: UUID) -> QuerySet[Mark]:
    return Mark.objects.filter(customer_id=customer, lifted_at=None)


def marks(customer: UUID, purpose: str) -> Marks:
    """What stands against this use of this customer's data; one query."""
    used_for = Purpose.objects.filter(code=purpose).values("pk")
    about_it = Covers("kind", "purpose", "placed_at", Subquery(used_for))
    kinds = set(standing_marks(customer).filter(about_it).values_list("kind", flat=True))
    return Marks(MarkKind.RESTRICTION in kinds, MarkKind.OBJECTION in kinds, MarkKind.LIMIT in kinds)


def marks_of_request(request: UUID) -> QuerySet[Mark]:
    """By the number of the rights request they came with."""
    return Mark.objects.filter(request=request).select_related("purpose").order_by("placed_at", "pk")
