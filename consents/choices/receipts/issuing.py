"""Build receipts from a customer's entries. Rooms that record acts of a customer register how to present them.

An issuer covers one kind of thing (`object_type` of the ledger): for which events there is a receipt, how its entries
make a record, and what stands now. Rooms above register theirs when they start.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from itertools import takewhile
from operator import attrgetter, or_
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Prefetch, Q, QuerySet, TextChoices
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.catalogue.display import build_displayed_notice
from consents.catalogue.models import Field, PurposeVersion
from consents.catalogue.selectors import build_material_number
from consents.choices.models import Choice
from consents.choices.receipts import claims
from consents.choices.receipts.claims import VerifiedReceipt
from consents.choices.receipts.parts import Controller, Event, Receipt, Record, ShownNotice
from consents.choices.rules import EVENTS, YES, Status, StoredChoice, compute_status
from consents.core import signing
from consents.core.canonical import compute_digest, encode_canonical
from consents.core.refusals import Refusal
from consents.ledger.models import Entry, parse_moment
from consents.ledger.services.appending import get_log_name
from consents.people.rules import ASSENT_COUNTS_FOR


class WordsAreLost(Refusal):
    """The catalogue no longer has what the customer was shown: a receipt would claim what cannot be proven."""

    sentence = gettext_lazy("The text you were shown is no longer on record as it was. Please tell us.")


class RecordIncomplete(Refusal):
    """An entry about the same thing was appended by no act of the portal: it lacks what a receipt says."""

    sentence = gettext_lazy("This record is not complete, so there is no receipt of it. Please tell us.")


class CurrentState(TextChoices):
    """The current state of the act behind a receipt, in words."""

    STANDS = "stands", gettext_lazy("This consent is in force now.")
    ENDED = "ended", gettext_lazy("This consent is no longer in force.")
    YES_AGAIN = "yes_again", gettext_lazy("This consent ended. It was given again since.")
    NO = "no", gettext_lazy("Nothing is allowed by it now.")
    YES_SINCE = "yes_since", gettext_lazy("Consent was given since.")


class OutcomeGroup(TextChoices):
    """Filters of the list of receipts."""

    AGREED = "agreed", gettext_lazy("Consent was given")
    SAID_NO = "said_no", gettext_lazy("Consent was refused")
    ENDED = "ended", gettext_lazy("Consent ended")


@dataclass(frozen=True)
class Issuer:
    """`outcomes` are those of the entries that have a receipt, each in its group.

    `build_record`: from all entries of one thing, oldest first, the last being the one the receipt is for.
    `describe`: what happened, as a heading for the customer; with the name of who else did it, where it was not the
    reader. `is_in_force`: whether the newest consent of this record is in force. `get_path`: the page where its
    customer continues. `list_earlier_yeses`: the entries of what other holders of a shared account had said yes to, of
    which this is the last yes. `name_asker`: which person asked; empty where the company did. `describe_joint`: the
    heading where all of them said yes; empty where `describe` says it as well.
    """

    object_type: str
    events: frozenset[str]
    outcomes: Mapping[str, OutcomeGroup]
    build_record: Callable[[list[Entry]], Record]
    describe: Callable[[Entry, str], str]
    is_in_force: Callable[[str, datetime], bool]
    get_path: Callable[[Record], str]
    list_earlier_yeses: Callable[[Entry], list[Entry]]
    name_asker: Callable[[Record], str] = lambda _record: ""
    describe_joint: Callable[[Entry], str] = lambda _entry: ""

    def build_filter(self, group: str = "") -> Q:
        """Build the filter for its entries that have a receipt, of one group or of all."""
        outcomes = sorted(outcome for outcome, its in self.outcomes.items() if group in ("", its))
        return Q(object_type=self.object_type, event__in=sorted(self.events), outcome__in=outcomes)


ISSUERS: dict[str, Issuer] = {}


def register_issuer(issuer: Issuer) -> None:
    ISSUERS[issuer.object_type] = issuer


def get_issuer(entry: Entry) -> Issuer:
    return ISSUERS[entry.object_type]


def build_receipt(entry: Entry) -> Receipt:
    """Build the receipt of one act, with the record as it was then. Raises WordsAreLost, RecordIncomplete."""
    entries = Entry.objects.filter(object=entry.object, object_type=entry.object_type, id__lte=entry.pk)
    # None should be about this object that is another customer's.
    own = [earlier for earlier in sorted(entries, key=attrgetter("pk")) if earlier.customer == entry.customer]
    try:
        UUID(entry.object)
        record = get_issuer(entry).build_record(own)
    except (KeyError, TypeError, ValueError, OverflowError, StopIteration) as odd:
        raise RecordIncomplete from odd
    return Receipt(record, build_controller())


def sign_with_portal_key(receipt: Receipt) -> str:
    """Sign a receipt with the portal's key. The same receipt gives the same text while the same key signs."""
    return claims.sign_receipt(
        receipt, get_log_name(), signing.load_newest_key(settings.PORTAL_KEYS, claims.KIND_OF_KEY)
    )


def build_controller() -> Controller:
    return Controller(
        portal=settings.PORTAL_URL,
        name=settings.PORTAL_COMPANY,
        address=settings.PORTAL_ADDRESS,
        contact=settings.PORTAL_EMAIL,
        country=settings.PORTAL_COUNTRY,
    )


def build_shown_notices(purpose: str, shown: Iterable[tuple[int, str, str]]) -> tuple[ShownNotice, ...]:
    """Return the notices of a purpose by (version, language, hash), each once, in the order they were shown first.

    As many queries whatever their number. Raises WordsAreLost when one is not what its hash says.
    """
    distinct = list(dict.fromkeys(shown))
    published = select_published_versions(purpose, {number for number, *_rest in distinct})
    versions = {version.number: version for version in published}
    return tuple(build_shown_notice(versions.get(number), language, hash) for number, language, hash in distinct)


def select_published_versions(purpose: str, numbers: set[int]) -> Iterable[PurposeVersion]:
    return (
        PurposeVersion.objects.filter(purpose__code=purpose, number__in=numbers, published_at__isnull=False)
        .select_related("purpose")
        .prefetch_related(
            "notices",
            "recipients",
            Prefetch("categories__fields", queryset=Field.objects.order_by("order", "id")),
        )
    )


def build_shown_notice(version: PurposeVersion | None, language: str, hash: str) -> ShownNotice:
    notices = {notice.language: notice for notice in version.notices.all()} if version else {}
    if version is None or version.published_at is None or language not in notices:
        raise WordsAreLost
    content = build_displayed_notice(notices[language], version)
    if compute_digest(content) != hash:
        raise WordsAreLost
    return ShownNotice(hash, encode_canonical(content).decode(), content, version.published_at)


# Receipts of standing consent: every move of a choice.

CHOICE = "choice"
# Being asked is no act of the customer's: it is an event of the record, without a receipt of its own.
OUTCOMES: dict[str, OutcomeGroup] = {
    Status.GIVEN: OutcomeGroup.AGREED,
    Status.RENEWED: OutcomeGroup.AGREED,
    Status.REFUSED: OutcomeGroup.SAID_NO,
    Status.DEFERRED: OutcomeGroup.SAID_NO,
    Status.WITHDRAWN: OutcomeGroup.ENDED,
    Status.EXPIRED: OutcomeGroup.ENDED,
    Status.REVOKED: OutcomeGroup.ENDED,
    Status.INVALIDATED: OutcomeGroup.ENDED,
}
ASSENTED, MOST_SAID = "joint_consent.assented", 50
MOVES = frozenset(EVENTS[Status(outcome)] for outcome in OUTCOMES)


def build_choice_record(entries: list[Entry]) -> Record:
    last = entries[-1]
    shown = [(item.facts["version"], item.facts["language"], item.facts["notice"]) for item in entries]
    assert last.customer is not None
    return Record(
        id=last.object,
        customer=last.customer,
        notices=build_shown_notices(last.purpose, shown),
        events=tuple(build_choice_event(item) for item in entries),
        path=reverse("choices:withdraw", args=[last.purpose]),
    )


def build_choice_event(entry: Entry) -> Event:
    facts = entry.facts
    if entry.outcome not in EVENTS:
        raise ValueError(entry.outcome)
    return Event(
        entry=bytes(entry.hash),
        at=parse_end(facts.get("ended_at")) or entry.occurred_at,
        status=entry.outcome,
        by=find_speaker(entry),
        method=str(facts["method"]),
        lasts_until=parse_end(facts["valid_until"]) if entry.outcome in YES else None,
        notice=facts["notice"],
        explicit=facts["explicit"],
        interface=str(facts["interface"]),
        evidence=entry.evidence,
    )


def find_speaker(entry: Entry) -> str:
    """Return who spoke: the customer, someone acting for them and as what, or the company for staff and program."""
    if entry.actor_kind == "representative":
        return str(entry.facts.get("capacity", "agent"))
    return "customer" if entry.actor_kind == "customer" else "controller"


def parse_end(text: str | None) -> datetime | None:
    return parse_moment(text) if text else None


def describe_choice_outcome(entry: Entry, other: str) -> str:
    status = Status(entry.outcome)
    by_other = {
        Status.GIVEN: _("%(other)s agreed"),
        Status.RENEWED: _("%(other)s agreed again"),
        Status.REFUSED: _("%(other)s said no"),
        Status.DEFERRED: _("%(other)s put the answer off: a no for now"),
        Status.WITHDRAWN: _("%(other)s withdrew consent"),
    }
    if other and status in by_other:
        return capfirst(by_other[status] % {"other": other})
    recorded = {Status.REFUSED: _("Consent was refused."), Status.WITHDRAWN: _("Consent was withdrawn.")}
    if status in recorded and entry.find_fact("recorded_by", str) is not None:
        return recorded[status].rstrip(".")  # by whoever wrote or called
    return {
        Status.GIVEN: _("You agreed"),
        Status.RENEWED: _("You agreed again"),
        Status.REFUSED: _("You said no"),
        Status.DEFERRED: _("You put the answer off: a no for now"),
        Status.WITHDRAWN: _("You withdrew consent"),
        Status.EXPIRED: _("Your consent ran out"),
        Status.REVOKED: _("We ended your consent"),
        Status.INVALIDATED: _("Your consent was found invalid"),
    }[status]


def list_earlier_yeses(entry: Entry) -> list[Entry]:
    """List what other holders of a shared account had said yes to, before this last yes made it a consent."""
    if entry.outcome not in YES:
        return []
    entries = Entry.objects.filter(customer=entry.customer, purpose=entry.purpose, id__lt=entry.pk)
    entries = entries.filter(event__in=[ASSENTED, "joint_consent.refused", *MOVES]).order_by("-id")[:MOST_SAID]
    since = entry.occurred_at - ASSENT_COUNTS_FOR
    newest = {
        yes.actor: yes
        for yes in reversed(list(takewhile(lambda earlier: earlier.event == ASSENTED, entries)))
        if yes.facts.get("version") == entry.facts.get("version") and yes.occurred_at > since
    }
    return [yes for actor, yes in newest.items() if actor != entry.actor]


def is_consent_in_force(id: str, now: datetime) -> bool:
    choices: Any = Choice.objects.annotate(material=build_material_number())
    choice = choices.filter(pk=id).select_related("version", "purpose").first()
    if choice is None:
        return False
    stored = StoredChoice(Status(choice.status), choice.version.number, choice.valid_until)
    is_retired = choice.purpose.retired_at is not None
    return compute_status(stored, material=choice.material, is_retired=is_retired, now=now) in YES


def get_choices_path(record: Record) -> str:
    return reverse("choices:list")


def register_choice_receipts() -> None:
    register_issuer(
        Issuer(
            CHOICE,
            MOVES,
            OUTCOMES,
            build_choice_record,
            describe_choice_outcome,
            is_consent_in_force,
            get_choices_path,
            list_earlier_yeses,
        )
    )


# As text, since an entry may hold anything; what we append is ISO 8601 in UTC.
MOMENT_OF_ACT = """coalesce(
    substring(details from '"ended_at": ?"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})'),
    to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS'))"""


def select_receipts(customer: UUID, *, group: str = "", purpose: str = "") -> QuerySet[Entry]:
    """Select the customer's entries that have a receipt, newest first."""
    have_receipts = reduce(or_, (issuer.build_filter(group) for issuer in ISSUERS.values()))
    entries = Entry.objects.filter(have_receipts, customer=customer).order_by("-id")
    return entries.filter(purpose=purpose) if purpose else entries


def order_by_act(entries: QuerySet[Entry]) -> QuerySet[Entry]:
    """Order by the moment of the act, newest first: an end by time is recorded after it."""
    return entries.order_by(RawSQL(MOMENT_OF_ACT, []).desc(), "-id")


def list_receipt_purposes(customer: UUID) -> list[str]:
    """List the codes of the purposes this customer has receipts about."""
    return sorted(select_receipts(customer).order_by().values_list("purpose", flat=True).distinct())


def find_verified_entry(receipt: VerifiedReceipt) -> Entry | None:
    """Find the entry of a genuine receipt; None if this ledger has no such entry."""
    entries = Entry.objects.filter(object=receipt.record_id, customer=receipt.customer)
    return entries.filter(hash=receipt.entry).first()


def find_current_state(entry: Entry, now: datetime) -> CurrentState:
    """Return the current state of one act: a later yes in the same record does not revive an ended one."""
    issuer = ISSUERS[entry.object_type]
    later_entries = Entry.objects.filter(
        issuer.build_filter(), object=entry.object, customer=entry.customer, id__gt=entry.pk
    )
    since = {issuer.outcomes[outcome] for outcome in later_entries.values_list("outcome", flat=True)}
    is_yes, is_in_force = issuer.outcomes[entry.outcome] == OutcomeGroup.AGREED, issuer.is_in_force(entry.object, now)
    if is_yes and since <= {OutcomeGroup.AGREED}:
        return CurrentState.STANDS if is_in_force else CurrentState.ENDED
    if is_in_force and OutcomeGroup.AGREED in since:
        return CurrentState.YES_AGAIN if is_yes else CurrentState.YES_SINCE
    return CurrentState.ENDED if is_yes else CurrentState.NO
