"""Requests and rights in the customer's words."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consents.catalogue import selectors as catalogue
from consents.catalogue.models import Category, Field
from consents.core.durations import describe_time_left, get_home_day
from consents.law.authorities import Authority
from consents.law.clocks import Period, Unit, get_end_of_day
from consents.law.identity import Level
from consents.law.kinds import KINDS, Kind, Regime, Type, explain_missing_right, find_jurisdiction, find_regime
from consents.law.reasons import COMPLAINTS, REMEDIES, Reason, compute_terms
from consents.people.joint_words import JointAgreement
from consents.people.models import Customer
from consents.rights import words
from consents.rights.customers.forms import describe_ground, describe_period
from consents.rights.fulfilment.erasure import list_proposals
from consents.rights.fulfilment.protocol import is_pause_standing
from consents.rights.fulfilment.registry import BY_TYPE, get_fulfilment
from consents.rights.models import ChosenEntry, RightsRequest, Statement
from consents.rights.recipients import awaits_confirmation, is_identity_open
from consents.rights.rules import APPEALABLE, Appealed, Outcome, State
from consents.rights.selectors import tells_practices
from consents.rights.services.emails import describe_fee
from consents.rights.services.recording import get_home_zone, list_authorities
from consents.vault import selectors as vault
from consents.vault.models import PartErasure

# How the page of rights groups them; every other kind stops or limits a use.
SEEING = {
    Type.ACCESS,
    Type.RECIPIENTS,
    Type.PORTABILITY,
    Type.KNOW_CATEGORIES,
    Type.KNOW_SPECIFIC,
    Type.ADMT_ACCESS,
}
CHANGING = {Type.RECTIFICATION, Type.ERASURE, Type.DELETION, Type.CORRECTION}


@dataclass(frozen=True)
class Law:
    """The law that gives somebody their rights, and the authorities that hear their complaints."""

    where: str
    regime: Regime

    @classmethod
    def of(cls, customer: Customer) -> "Law":
        where = find_jurisdiction(customer.country, customer.region, settings.PORTAL_COUNTRY)
        return cls(where, find_regime(where))

    @classmethod
    def at(cls, where: str) -> "Law":
        return cls(where, find_regime(where))

    @property
    def authorities(self) -> tuple[Authority, ...]:
        return list_authorities(self.regime, self.where)


@dataclass(frozen=True)
class Card:
    """A right: what it gives and by when; without `url` it is not theirs, and `why_not` says why."""

    slug: str
    title: str
    text: object = ""
    within: str = ""
    law: str = ""
    url: str = ""
    why_not: object = ""
    identity_free: bool = False
    is_done_at_once: bool = False


def build_slug(type: Type) -> str:
    return type.name.lower().replace("_", "-")


BY_SLUG = {build_slug(type): type for type in Type}


def build_cards(law: Law, today: date, *, signed_in: bool) -> list[Card]:
    """Build the cards of their rights in the order of the law, then of other laws' rights with the reason."""
    theirs = [build_card(law, kind, today, signed_in) for kind in KINDS[law.regime].values()]
    others = [
        Card(build_slug(type), str(type.label), why_not=explain_missing_right(law.regime, type, today))
        for type in Type
        if type not in KINDS[law.regime]
    ]
    return theirs + others


def group_cards(cards: list[Card]) -> list[tuple[str, str, list[Card]]]:
    """Group the rights that are theirs as (name, title, cards); a group without any is left out."""
    theirs = [card for card in cards if card.url]
    kinds = [
        ("see", _("See your data"), SEEING),
        ("change", _("Change or delete it"), CHANGING),
        ("stop", _("Stop or limit its use"), set(Type) - SEEING - CHANGING),
    ]
    groups = [(name, title, [card for card in theirs if BY_SLUG[card.slug] in types]) for name, title, types in kinds]
    return [group for group in groups if group[2]]


def build_card(law: Law, kind: Kind, today: date, signed_in: bool) -> Card:
    slug, fulfilment = build_slug(kind.type), BY_TYPE[kind.type]
    later = explain_missing_here(law, kind.type, today, signed_in)
    if signed_in and fulfilment.own_page:
        url = reverse(fulfilment.own_page)
    else:
        url = reverse("rights:ask", args=[slug], query=None if signed_in else {"where": law.where})
    at_once = signed_in and (fulfilment.is_immediate or bool(fulfilment.own_page))
    return Card(
        slug,
        str(kind.type.label),
        kind.question,
        describe_answer_period(kind.answer, at_once),
        f"UK {kind.law}" if law.regime == Regime.UK_GDPR else kind.law,
        "" if later else url,
        later,
        kind.identity == Level.NOT_REQUIRED,
        at_once,
    )


def explain_missing_here(law: Law, type: Type, today: date, signed_in: bool) -> object:
    """Explain why the right is not theirs; empty where it is. Only a known customer takes back an opt-out."""
    if BY_TYPE[type].is_only_theirs and not signed_in and type in KINDS[law.regime]:
        return _("Sign in for this. We ask you twice, so that nobody allows a sale in your place.")
    return explain_missing_right(law.regime, type, today)


def describe_answer_period(period: Period, at_once: bool) -> str:
    if at_once:
        return _("Done at once")
    if period.unit == Unit.MONTH:
        return _("We answer within one month")
    if period.unit == Unit.CALENDAR_DAY:
        return ngettext("We answer within %(n)d day", "We answer within %(n)d days", period.length) % {
            "n": period.length
        }
    return ngettext(
        "Done as soon as we can, within %(n)d working day",
        "Done as soon as we can, within %(n)d working days",
        period.length,
    ) % {"n": period.length}


def compute_answer_by(law: Law, kind: Kind, now: datetime) -> datetime:
    """Return the last moment for the answer to a request filed now."""
    terms = compute_terms(law.regime, kind, get_home_day(now), home=settings.PORTAL_COUNTRY)
    return get_end_of_day(terms.answer.on, get_home_zone())


@dataclass(frozen=True)
class RequestSummary:
    """A request with its status in a word; `code` chooses the shape of the tag."""

    rights_request: RightsRequest
    code: str
    word: str
    title: str
    left: str
    is_late: bool


def build_request_summary(
    rights_request: RightsRequest,
    now: datetime,
    agreement: JointAgreement | None = None,
    *,
    is_readers: bool = True,
) -> RequestSummary:
    """`agreement`: how far the holders of a shared account have come with it, where it needs all of them. `is_readers`:
    whether the reader asked, and not somebody else who acts for the customer.
    """
    code, word = describe_request_status(rights_request, now, agreement, is_readers)
    left = (
        ""
        if rights_request.is_answered or rights_request.waiting_since
        else describe_time_left(rights_request.answer_by, now, get_home_zone())
    )
    return RequestSummary(
        rights_request, code, word, str(Type(rights_request.request_type).label), left, rights_request.is_late_at(now)
    )


def describe_request_status(
    rights_request: RightsRequest, now: datetime, agreement: JointAgreement | None, is_readers: bool
) -> tuple[str, str]:
    if rights_request.appeal_outcome == Appealed.PENDING:
        return "pending", _("Being looked at again")
    if rights_request.is_answered:
        return {
            Outcome.COMPLIED_WHOLE: ("approved", _("Answered")),
            Outcome.COMPLIED_PART: ("partly_approved", _("Answered in part")),
            Outcome.NO_DATA: ("approved", _("Answered")),
            Outcome.DENIED: ("denied", _("Refused")),
            Outcome.WITHDRAWN: ("withdrawn", _("Withdrawn")),
        }[Outcome(rights_request.outcome)]
    if rights_request.waiting_since:
        return "pending", _("Waiting for you")
    if rights_request.is_late_at(now):
        return "exemption", _("Late")
    if awaits_confirmation(rights_request):
        return "pending", _("Waiting for your confirmation") if is_readers else _("Waiting to be confirmed")
    if is_identity_open(rights_request):
        return "pending", _("Checking who asked")
    if agreement and not agreement.is_complete:
        return "pending", _("Waiting for others who share your account") if agreement.own else _("Waiting for you")
    return ("pending", _("Working on it")) if rights_request.state == State.IN_PROGRESS else ("pending", _("Received"))


def waits_for_every_holder(rights_request: RightsRequest) -> bool:
    """Return True for an open request that all who share an account must agree to, where one is shared."""
    return not rights_request.is_answered and get_fulfilment(rights_request).needs_every_holder


def can_appeal(rights_request: RightsRequest) -> bool:
    return rights_request.outcome in APPEALABLE and rights_request.appeal_at is None


def describe_answer(rights_request: RightsRequest) -> dict[str, Any]:
    """Describe the outcome, what was written, and for a refusal why and what one can do."""
    if not rights_request.is_answered:
        return {}
    said = {
        Outcome.COMPLIED_WHOLE: _("We did what you asked."),
        Outcome.COMPLIED_PART: describe_partial_answer(rights_request),
        Outcome.NO_DATA: _("We looked, and we hold no such data about you."),
        Outcome.DENIED: _("We did not do what you asked."),
        Outcome.WITHDRAWN: _("The request was taken back. You can ask again at any time."),
    }[Outcome(rights_request.outcome)]
    refused = bool(rights_request.denial_reason)
    return {
        "said": said,
        "is_part": rights_request.outcome == Outcome.COMPLIED_PART,
        "text": words.open_statement(rights_request, Statement.Kind.ANSWERED).get("text", ""),
        "is_paused": is_pause_standing(rights_request),
        "practices": tells_practices(rights_request),
        "fee": describe_fee(rights_request) if rights_request.fee_amount else "",
        "reason": str(Reason(rights_request.denial_reason).label) if refused else "",
        "law": rights_request.denial_legal_basis,
        **describe_parts(vault.get_done_erasure(rights_request.pk)),
        "with_record": not rights_request.scope,
        **describe_granted_uses(rights_request),
        "remedies": describe_remedies(rights_request)
        if refused
        else describe_complaints(rights_request)
        if rights_request.fee_amount
        else "",
        "authorities": get_law_of_request(rights_request).authorities if refused or rights_request.fee_amount else (),
    }


def describe_partial_answer(rights_request: RightsRequest) -> str:
    if rights_request.gets_kinds_instead:
        return _("You get the kinds of data that we hold. For the data itself we must know more surely who asks.")
    return _("We did a part of what you asked.")


def describe_parts(erasure: PartErasure | None) -> dict[str, list[str]]:
    """List which kinds of data are gone and which are kept, by the names that customers know."""
    if erasure is None:
        return {}
    return {"deleted": list_titles(erasure.deleted), "kept": list_titles(erasure.kept)}


def describe_granted_uses(rights_request: RightsRequest) -> dict[str, list[str]]:
    """List by name which uses stop and which go on, where an objection was granted in part."""
    if not rights_request.granted:
        return {}
    names = {use.purpose.code: use.name for use in catalogue.select_newest_versions()}
    others = [code for code in rights_request.scope if code not in rights_request.granted]
    goes_on = [names.get(code, code) for code in others] or [_("Other uses of your data")]
    return {"stops": [names.get(code, code) for code in rights_request.granted], "goes_on": goes_on}


def list_titles(codes: Collection[str]) -> list[str]:
    """Return the titles of published kinds of data: others have none."""
    return [kind.title for kind in Category.objects.filter(code__in=codes, published=True).order_by("order", "code")]


def describe_appeal(rights_request: RightsRequest, now: datetime) -> dict[str, Any]:
    if not rights_request.appeal_at:
        return {}
    return {
        "at": rights_request.appeal_at,
        "due_at": rights_request.appeal_due_at,
        "is_pending": rights_request.appeal_outcome == Appealed.PENDING,
        "is_late": rights_request.is_appeal_late_at(now),
        "outcome": {
            Appealed.PENDING: "",
            Appealed.UPHELD: _("Another officer has looked at it. Our answer stays as it was."),
            Appealed.REVERSED: _("Another officer has looked at it. We begin again, with a new number."),
        }[Appealed(rights_request.appeal_outcome)],
        "text": words.open_statement(rights_request, Statement.Kind.DECIDED).get("text", ""),
        "following": rights_request.followed_by.first(),
    }


def get_law_of_request(rights_request: RightsRequest) -> Law:
    """Return the law the request was filed under."""
    return Law(rights_request.jurisdiction, Regime(rights_request.regime))


def describe_remedies(rights_request: RightsRequest) -> str:
    """Describe what the customer can do about an answer: once they have appealed, which they can do once, complain."""
    return (
        describe_complaints(rights_request)
        if rights_request.appeal_at
        else str(REMEDIES[Regime(rights_request.regime)])
    )


def describe_complaints(rights_request: RightsRequest) -> str:
    """Say how to complain where there is no answer to appeal, such as against an extension."""
    return str(COMPLAINTS[Regime(rights_request.regime)])


def list_requested_details(rights_request: RightsRequest) -> list[tuple[str, str]]:
    """List what exactly was requested, with the customer's own words while they are not erased."""
    said = words.open_statement(rights_request, Statement.Kind.ASKED)
    proposals = [f"{label}: {one['right']}" for one in said.get("proposals", []) if (label := get_field_label(one))]
    facts = [
        (
            _("For which period"),
            describe_period(rights_request.scope_from, rights_request.scope_until)
            if rights_request.scope_from or rights_request.scope_until
            else "",
        ),
        (_("What it is about"), ", ".join(list_scope_names(rights_request))),
        (_("How it should read"), "\n".join(proposals)),
        (_("Which entry"), said.get("which_entry", "")),
        (_("Why"), describe_ground(said.get("ground", ""))),
        (_("In your words"), said.get("words", "")),
    ]
    return [(label, value) for label, value in facts if value]


def get_field_label(proposal: dict[str, str]) -> str:
    """Return the label of the field to be corrected, or its key if the catalogue no longer has it."""
    field = Field.objects.filter(category__code=proposal["category"], key=proposal["field"]).first()
    return field.label if field else proposal["field"]


def list_scope_names(rights_request: RightsRequest) -> list[str]:
    """List the names of the data or purposes in its scope."""
    if get_fulfilment(rights_request).scope_is_purposes:
        named = catalogue.select_newest_versions()  # also of a purpose that has ended since
        return [one.name for one in named if one.purpose.code in rights_request.scope]
    return [category.title for category in Category.objects.filter(code__in=rights_request.scope).order_by("order")]


def describe_identity(rights_request: RightsRequest) -> str:
    if rights_request.identity_needed == Level.NOT_REQUIRED:
        return _("Not needed for this")
    if rights_request.verification_level == Level.FAILED:
        return _("We could not confirm who asked")
    if rights_request.gets_kinds_instead:
        return _("Confirmed, but not surely enough for the data itself")
    return _("Confirmed") if rights_request.verified_at else _("Not confirmed yet")


def list_corrections(rights_request: RightsRequest) -> list[dict[str, Any]]:
    """List the decision on each proposed value."""
    labels = {field.key: field.label for field in Field.objects.filter(category__code__in=rights_request.scope)}
    return [
        {
            "field": labels.get(one.field, one.field),
            "is_accepted": one.is_accepted,
            "why_not": one.get_why_not_display() if one.why_not else "",
        }
        for one in rights_request.correction_set.order_by("place")
    ]


def asks_which_entry(rights_request: RightsRequest) -> bool:
    return (
        get_fulfilment(rights_request).has_proposals
        and not rights_request.is_answered
        and not ChosenEntry.objects.filter(rights_request=rights_request).exists()
        and bool(list_proposals(rights_request))
    )
