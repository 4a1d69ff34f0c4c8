"""Reconstruct one customer's history: every entry, and who could see what at any moment.

Pseudonymous: it reads nothing from the vault, and no name.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from consents.access.models import Grant
from consents.access.selectors.locking import get_recorder
from consents.catalogue import selectors as catalogue
from consents.catalogue.models import Category, LegalBasis, PurposeVersion
from consents.choices.models import Mark
from consents.choices.rules import MarkKind, Marks, Status, StoredChoice, is_mark_about
from consents.decisions.rules import Decision, DecisionCode, PurposeFacts, decide_for_system
from consents.exemptions import selectors as exemptions
from consents.exemptions.models import Exemption
from consents.exports.formats.query import Connection, Query
from consents.exports.manifests import Manifest
from consents.exports.rules import Dataset, cast_if_valid, cast_moment_if_valid
from consents.ledger.models import Entry
from consents.ledger.rules import describe_for_staff
from consents.people.models import Customer
from consents.people.staff.timelines import find_staff_actors
from consents.vault import selectors as vault
from consents.vault.rules import Remainder

PAGE = 100
WHY = {
    DecisionCode.CONSENTED: _("The customer had given consent."),
    DecisionCode.OTHER_BASIS: _("It has another legal basis than consent: %(basis)s."),
    DecisionCode.NO_CONSENT: _("There was no consent."),
    DecisionCode.OUTDATED_TEXT: _("Consent was for an earlier text, and the change was material."),
    DecisionCode.CONSENT_EXPIRED: _("Consent had expired."),
    DecisionCode.OPTED_OUT: _("The customer had opted out."),
    DecisionCode.ERASED: _("The customer had been erased."),
    DecisionCode.RESTRICTED: _("The use of the customer’s data was restricted."),
    DecisionCode.OBJECTED: _("The customer had objected to it."),
    DecisionCode.DELETED: _("These kinds of the customer’s data had been deleted."),
    DecisionCode.KEPT_BY_LAW: _("These kinds of data were kept only because a law requires it."),
    DecisionCode.LIMITED: _("The customer had limited the use of sensitive data, which this includes."),
}


@dataclass(frozen=True)
class PurposeUse:
    """Say if the company's systems could use data for a purpose, in its version then in force, and why."""

    version: PurposeVersion
    decision: Decision

    @property
    def why(self) -> str:
        return str(WHY[self.decision.why]) % {"basis": LegalBasis(self.version.legal_basis).label}


@dataclass(frozen=True)
class SeenGrant:
    """A grant that was live, with the request or the exemption it rests on."""

    grant: Grant
    exemption: Exemption | None

    @property
    def purpose(self) -> str:
        rests_on = self.exemption or self.grant.access_request
        assert rests_on is not None
        return str(rests_on.version.name)

    @property
    def why(self) -> str:
        if self.exemption is None:
            return self.describe_answer()
        return str(_("Without the customer’s permission: %(ground)s") % {"ground": self.exemption.get_kind_display()})

    def describe_answer(self) -> str:
        assert self.grant.access_request
        if recorder := get_recorder(self.grant.access_request.answer):
            return str(_("The customer allowed it by telephone, recorded by %(recorder)s") % {"recorder": recorder})
        return str(_("The customer allowed it"))

    @property
    def link(self) -> str:
        return str(_("the exemption") if self.exemption else _("the request"))

    @property
    def url(self) -> str:
        page = "exemptions_exemption" if self.exemption else "access_accessrequest"
        return reverse(f"admin:{page}_change", args=[self.grant.told_of])


@dataclass(frozen=True)
class CustomerSnapshot:
    """The state at moment `at`: grants that were live, and purposes that systems could use data for."""

    at: datetime
    grants: Sequence[SeenGrant]
    uses: Sequence[PurposeUse]


# Who acted, where it was no member of staff.
ACTORS = {
    "customer": _("the customer"),
    "representative": _("someone who acts for the customer"),
    "portal": _("the portal"),
    "visitor": _("a visitor who is not signed in"),
    "operator": _("an operator of the portal"),
}


@dataclass(frozen=True)
class HistoryEntry:
    """A ledger entry as an officer reads it. `member`: the member of staff who acted, or ''; `category`, `purpose`: the
    title and the name of those it is about, or ''."""

    entry: Entry
    member: str
    category: str
    purpose: str

    @property
    def what(self) -> str:
        named = {"who": self.member, "recorder": self.member} if self.member else {}
        return describe_for_staff(self.entry, **named, **({"what": self.category} if self.category else {}))

    @property
    def who(self) -> str:
        return self.member or str(ACTORS.get(self.entry.actor_kind, self.entry.actor_kind))


def build_snapshot(customer: Customer, at: datetime) -> CustomerSnapshot:
    """Reconstruct the state at `at`. Nothing recorded later counts."""
    return CustomerSnapshot(at, list_grants_at(customer.pk, at), judge_purposes_at(customer, at))


def list_grants_at(customer: UUID, at: datetime) -> list[SeenGrant]:
    grants = list(select_grants_at(customer, at))
    exempted = exemptions.map_exemptions(grants)
    return [SeenGrant(grant, exempted.get(grant.exemption) if grant.exemption else None) for grant in grants]


def select_grants_at(customer: UUID, at: datetime) -> QuerySet[Grant]:
    """Select grants that were live at `at`, of people who were members of staff then."""
    live = Grant.objects.filter(customer=customer, starts_at__lte=at, ends_at__gt=at)
    live = live.filter(Q(ended_at=None) | Q(ended_at__gt=at))
    members = live.filter(Q(staff__staff_member__ended_at=None) | Q(staff__staff_member__ended_at__gt=at))
    answered = ("access_request__version", "access_request__answer__answered_by")
    rows = members.select_related("staff__staff_member", "category", *answered)
    return rows.prefetch_related("access_request__version__notices").order_by("starts_at", "pk")


def judge_purposes_at(customer: Customer, at: datetime) -> list[PurposeUse]:
    material, said, marks = (
        map_material_versions_at(at),
        read_choices_at(customer.pk, at),
        list(select_marks_at(customer.pk, at)),
    )
    objected, left = list_objected_purposes(marks, at), vault.get_remainders(customer.pk, at)
    is_erased = customer.erased_at is not None and customer.erased_at <= at
    uses = []
    for version in list_versions_in_force_at(at):
        covering = [mark for mark in marks if mark_applies_to(mark, version.purpose_id, objected)]
        judged = decide_at(version, material, said, covering, at, left)
        uses.append(PurposeUse(version, Decision(False, DecisionCode.ERASED) if is_erased else judged))
    return uses


def list_objected_purposes(marks: Iterable[Mark], at: datetime) -> set[int]:
    """Return the ids of purposes covered by an objection to all uses, counted from the earliest that stood at `at`."""
    to_all = [mark.placed_at for mark in marks if mark.kind == MarkKind.OBJECTION and mark.purpose_id is None]
    return catalogue.list_once_objectable(min(to_all), at) if to_all else set()


def mark_applies_to(mark: Mark, purpose: int, objected: set[int]) -> bool:
    return is_mark_about(MarkKind(mark.kind), mark.purpose_id, purpose, may_be_objected_to=purpose in objected)


def decide_at(
    version: PurposeVersion,
    material: dict[int, int],
    said: dict[str, StoredChoice],
    marks: Iterable[Mark],
    at: datetime,
    left: Mapping[str, Remainder],
) -> Decision:
    """Decide for one purpose. `marks`: those that cover it.

    All categories share one answer; if only some are limited as sensitive, it is the answer for these, and if some were
    erased, the answer for the others.
    """
    codes = frozenset(category.code for category in version.categories.all())
    codes = codes - left.keys() or codes
    sensitive = frozenset(category.code for category in version.categories.all() if category.sensitive) & codes
    shown = min(sensitive or codes)
    facts = PurposeFacts(version.legal_basis, True, bool(sensitive), material.get(version.purpose_id, 0))
    kinds = {mark.kind for mark in marks}
    return decide_for_system(
        purpose=facts,
        said=said.get(version.purpose.code),
        marks=Marks(MarkKind.RESTRICTION in kinds, MarkKind.OBJECTION in kinds, MarkKind.LIMIT in kinds),
        now=at,
        left=left.get(shown, Remainder.ALL),
    )


def select_marks_at(customer: UUID, at: datetime) -> QuerySet[Mark]:
    standing = Q(lifted_at=None) | Q(lifted_at__gt=at)
    return Mark.objects.filter(standing, customer=customer, placed_at__lte=at)


def list_versions_in_force_at(at: datetime) -> list[PurposeVersion]:
    kept = Q(purpose__retired_at=None) | Q(purpose__retired_at__gt=at)
    whole = Q(categories__isnull=False) | Q(lost=True)
    published = catalogue.select_with_words().filter(kept, whole, published_at__lte=at)
    newest = published.order_by("purpose__code", "-number").distinct("purpose__code")
    return [version for version in newest if not version.lost]


def map_material_versions_at(at: datetime) -> dict[int, int]:
    """Map each purpose to the number of its newest material version at `at`."""
    published = PurposeVersion.objects.filter(published_at__lte=at, material=True)
    return dict(published.values_list("purpose").annotate(newest=Max("number")))


def read_choices_at(customer: UUID, at: datetime) -> dict[str, StoredChoice]:
    """Map each purpose's code to the customer's last choice at `at`, read from the ledger."""
    entries = Entry.objects.filter(
        customer=customer, event__startswith="consent.", outcome__in=Status.values, occurred_at__lte=at
    )
    return {
        entry.purpose: StoredChoice(Status(entry.outcome), number, entry.find_moment("valid_until"))
        for entry in entries.order_by("purpose", "-id").distinct("purpose")
        if isinstance(number := entry.facts.get("version"), int)
    }


def list_history_entries(customer: UUID, before: int | None) -> list[HistoryEntry]:
    """List one page of the customer's chain, newest first. `before`: id of the last entry of the previous page."""
    rows = Entry.objects.filter(customer=customer).order_by("-id")
    entries = list((rows.filter(id__lt=before) if before else rows)[:PAGE])
    staff = {actor: str(member) for actor, member in find_staff_actors(entries).items()}
    titles = {category.code: category.title for category in Category.objects.all()}
    purposes = catalogue.map_purpose_names({entry.purpose for entry in entries} - {""})
    return [
        HistoryEntry(entry, staff.get(entry.actor, ""), titles.get(category, ""), purposes.get(entry.purpose, ""))
        for entry in entries
        for category in [str(entry.facts.get("category"))]
    ]


# Find what an export of rights requests must contain according to the ledger: filed requests that are not removed.
#
# The tables alone cannot tell: a row deleted before the export is missing from both, and one whose retention is over is
# missing lawfully.

ExportRow = Mapping[str, str]
# `newest`: the last ledger entry when the export was taken. A row moved to another day counts as missing.
RECEIVED = cast_moment_if_valid("facts ->> 'received_at'")
FILED = f"""
WITH filed AS (
    SELECT e.object AS id, e.id <= %(newest)s AS is_before, facts ->> 'type' AS request_type,
        facts ->> 'jurisdiction' AS jurisdiction, {RECEIVED} AS received_at,
        coalesce(gone.entry <= %(newest)s, false) AS removed_before, coalesce(gone.entry > %(newest)s, false) AS removed
    FROM ledger_entry AS e CROSS JOIN LATERAL (SELECT e.details::jsonb AS facts OFFSET 0) AS details
    LEFT JOIN (SELECT object, min(id) AS entry FROM ledger_entry WHERE event = 'rights_request.removed'
               GROUP BY object) AS gone ON gone.object = e.object
    WHERE e.event = 'rights_request.filed' AND e.occurred_at >= %(first)s
      AND {RECEIVED} >= %(first)s AND {RECEIVED} < %(last)s
      AND coalesce(facts ->> 'regime' = %(law)s, true) AND coalesce(facts ->> 'type' = %(type)s, true)
      AND coalesce(facts ->> 'jurisdiction' = %(jurisdiction)s, true)
)"""
GONE = f"""{FILED}
SELECT filed.id, filed.removed FROM filed LEFT JOIN rights_rightsrequest AS q
    ON q.id = {cast_if_valid("filed.id", "uuid")} AND q.received_at = filed.received_at
WHERE q.id IS NULL AND filed.is_before AND NOT filed.removed_before"""
UNFILED = f"""{FILED}
SELECT q.id::text FROM rights_rightsrequest AS q
WHERE q.received_at >= %(first)s AND q.received_at < %(last)s AND coalesce(q.regime = %(law)s, true)
  AND coalesce(q.request_type = %(type)s, true) AND coalesce(q.jurisdiction = %(jurisdiction)s, true)
  AND NOT EXISTS (SELECT FROM filed WHERE filed.id = q.id::text)"""
COUNTED = f"""{FILED}
SELECT extract(year FROM received_at AT TIME ZONE %(zone)s)::int::text, population, request_type,
    count(*) FILTER (WHERE is_before AND NOT removed_before), bool_or(removed)
FROM filed JOIN (VALUES ('all'), ('california')) AS them(population)
    ON population = 'all' OR jurisdiction = 'US-CA'
WHERE coalesce(population = %(population)s, true) GROUP BY 1, 2, 3"""
FILTERS = ("law", "type", "jurisdiction", "population")


@dataclass
class FiledRequests:
    """Expected rows of the `requests` dataset: one for each filed request."""

    removed: frozenset[str]
    gone: set[str]
    never_filed: frozenset[str]
    unfiled: int = 0

    def check_row(self, row: ExportRow) -> None:
        self.gone.discard(row["request_id"])
        self.unfiled += row["request_id"] in self.never_filed

    def is_removed(self, row: ExportRow) -> bool:
        return row["request_id"] in self.removed

    @property
    def lost(self) -> int:
        return len(self.gone - self.removed)


@dataclass
class FiledMetrics:
    """Expected counts of the `metrics` dataset, by year, population and right."""

    removed: frozenset[Hashable]
    missing: Counter[Hashable]
    unfiled: int = 0

    def check_row(self, row: ExportRow) -> None:
        self.missing[get_metric_group(row)] -= int(row["received"])
        self.unfiled += max(0, -self.missing[get_metric_group(row)])

    def is_removed(self, row: ExportRow) -> bool:
        return get_metric_group(row) in self.removed

    @property
    def lost(self) -> int:
        return (+self.missing).total()


# Either is shown every row of the file once, then asked. A row is removed where it, or something that it counts, was
# removed on record after the export.
type ExpectedRows = FiledRequests | FiledMetrics


def get_metric_group(row: ExportRow) -> Hashable:
    return row["year"], row["population"], row["request_type"]


def build_expected_rows(connection: Connection, query: Query, manifest: Manifest) -> ExpectedRows | None:
    """Return what must be in this export; None for datasets that are read from the ledger itself."""
    dataset = manifest.content["dataset"]
    newest = manifest.content["ledger"]["newest_entry"]
    values: dict[str, Any] = dict.fromkeys(FILTERS) | query.parameters | {"newest": newest}
    if dataset == Dataset.REQUESTS:
        gone = dict(connection.execute(GONE, values))
        never_filed = frozenset(id for (id,) in connection.execute(UNFILED, values))
        return FiledRequests(frozenset(id for id, removed in gone.items() if removed), set(gone), never_filed)
    if dataset == Dataset.METRICS:
        counts = [((*group,), count, removed) for *group, count, removed in connection.execute(COUNTED, values)]
        removed = frozenset(group for group, _count, removed in counts if removed)
        return FiledMetrics(removed, Counter({group: count for group, count, _removed in counts}))
    return None
