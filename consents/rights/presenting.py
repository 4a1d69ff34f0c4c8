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
from consents.core.durations import left_in_words
from consents.people.models import Customer
from consents.rights import words
from consents.rights.forms import ground_words, period_words
from consents.rights.models import CollectionCode, Meant, RightsRequest, Words
from consents.rights.rules.answers import (
    APPEALABLE,
    COMPLAINTS,
    CORRECTIONS,
    REMEDIES,
    Appealed,
    Extension,
    Outcome,
    Reason,
    State,
    Waiting,
    tells_practices,
)
from consents.rights.rules.authorities import Authority
from consents.rights.rules.clocks import Period, Unit, day_of
from consents.rights.rules.kinds import KINDS, Kind, Level, Regime, Type, jurisdiction_of, regime_of, why_not
from consents.rights.rules.terms import terms_of
from consents.rights.selectors import is_copied, there
from consents.rights.services.correcting import proposals
from consents.rights.services.filing import PURPOSES
from consents.rights.services.recording import authorities_of, zone
from consents.rights.services.telling import fee_in_words
from consents.vault import selectors as parts_of
from consents.vault.models import PartErasure


@dataclass(frozen=True)
class Law:
    """Whose rights somebody has, and who hears their complaints."""

    where: str
    regime: Regime

    @classmethod
    def of(cls, customer: Customer) -> "Law":
        where = jurisdiction_of(customer.country, customer.region, settings.PORTAL_COUNTRY)
        return cls(where, regime_of(where))

    @classmethod
    def at(cls, where: str) -> "Law":
        return cls(where, regime_of(where))

    @property
    def authorities(self) -> tuple[Authority, ...]:
        return authorities_of(self.regime, self.where)


@dataclass(frozen=True)
class Card:
    """A right: what it gives and by when; without `url` it is not theirs, and `why_not` says why."""

    slug: str
    title: str
    text: object
    within: str
    law: str
    url: str
    why_not: object = ""
    identity_free: bool = False


# Rights that have a page of their own where one is signed in: a press there does it at once.
OWN_PAGES = {Type.WITHDRAWAL: "choices:list", Type.OPT_IN: "choices:list", Type.OPT_OUT: "opt_out"}


def slug_of(type: Type) -> str:
    return type.name.lower().replace("_", "-")


BY_SLUG = {slug_of(type): type for type in Type}


def cards(law: Law, today: date, *, signed_in: bool) -> list[Card]:
    """Theirs in the order of the law, then those of other laws with the reason."""
    theirs = [card(law, kind, today, signed_in) for kind in KINDS[law.regime].values()]
    others = [type for type in Type if type not in KINDS[law.regime]]
    return [
        *theirs,
        *(Card(slug_of(type), str(type.label), "", "", "", "", why_not(law.regime, type, today)) for type in others),
    ]


def card(law: Law, kind: Kind, today: date, signed_in: bool) -> Card:
    slug = slug_of(kind.type)
    later = why_not_here(law, kind.type, today, signed_in)
    if signed_in and kind.type in OWN_PAGES:
        url = reverse(OWN_PAGES[kind.type])
    else:
        url = reverse("rights:ask", args=[slug]) + ("" if signed_in else f"?where={law.where}")
    title, within = str(kind.type.label), within_words(kind.answer, is_at_once(kind, signed_in))
    return Card(
        slug,
        title,
        kind.question,
        within,
        law_name(law.regime, kind),
        "" if later else url,
        later,
        kind.identity == Level.NOT_REQUIRED,
    )


def why_not_now(law: Law, type: Type, now: datetime, *, signed_in: bool) -> object:
    """Empty where the right is theirs."""
    return why_not_here(law, type, day_of(now, zone()), signed_in)


def why_not_here(law: Law, type: Type, today: date, signed_in: bool) -> object:
    """A yes is the customer's own act: nobody unknown takes back an opt-out."""
    if type == Type.OPT_IN and not signed_in and law.regime == Regime.CCPA:
        return _("Sign in for this. We ask you twice, so that nobody allows a sale in your place.")
    return why_not(law.regime, type, today)


def is_at_once(kind: Kind, signed_in: bool) -> bool:
    return signed_in and kind.type in OWN_PAGES


def law_name(regime: Regime, kind: Kind) -> str:
    return f"UK {kind.law}" if regime == Regime.UK_GDPR else kind.law


def within_words(period: Period, at_once: bool) -> str:
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


def answer_day(law: Law, kind: Kind, now: datetime) -> date:
    """By when a request filed now is answered."""
    received_on = day_of(now, zone())
    return terms_of(law.regime, kind, received_on, home=settings.PORTAL_COUNTRY).answer.on


@dataclass(frozen=True)
class Shown:
    """A request with its status in a word; `code` chooses the shape of the tag."""

    row: RightsRequest
    code: str
    word: str
    title: str
    left: str
    is_late: bool


def shown(row: RightsRequest, now: datetime) -> Shown:
    code, word = status_of(row, now)
    left = "" if row.is_answered or row.waiting_since else left_in_words(row.answer_by, now)
    return Shown(row, code, word, str(Type(row.request_type).label), left, row.is_late_at(now))


def status_of(row: RightsRequest, now: datetime) -> tuple[str, str]:
    if row.appeal_outcome == Appealed.PENDING:
        return "pending", _("Being looked at again")
    if row.is_answered:
        return {
            Outcome.COMPLIED_WHOLE: ("approved", _("Answered")),
            Outcome.COMPLIED_PART: ("partly_approved", _("Answered in part")),
            Outcome.NO_DATA: ("approved", _("Answered")),
            Outcome.DENIED: ("denied", _("Refused")),
            Outcome.WITHDRAWN: ("withdrawn", _("Taken back by you")),
        }[Outcome(row.outcome)]
    if row.waiting_since:
        return "pending", _("Waiting for you")
    if row.is_late_at(now):
        return "exemption", _("Late")
    if needs_confirmation(row):
        return "pending", _("Checking who you are")
    return ("pending", _("Working on it")) if row.state == State.IN_PROGRESS else ("pending", _("Received"))


def needs_confirmation(row: RightsRequest) -> bool:
    return not row.is_answered and row.identity_needed != Level.NOT_REQUIRED and row.verified_at is None


def can_appeal(row: RightsRequest) -> bool:
    return row.outcome in APPEALABLE and row.appeal_at is None


def answer_of(row: RightsRequest) -> dict[str, Any]:
    """The outcome in words, what was written, and for a refusal why and what one can do."""
    if not row.is_answered:
        return {}
    said = {
        Outcome.COMPLIED_WHOLE: _("We did what you asked."),
        Outcome.COMPLIED_PART: part_in_words(row),
        Outcome.NO_DATA: _("We looked, and we hold no such data about you."),
        Outcome.DENIED: _("We did not do what you asked."),
        Outcome.WITHDRAWN: _("You took your request back. You can ask again at any time."),
    }[Outcome(row.outcome)]
    refused = bool(row.denial_reason)
    return {
        "said": said,
        "text": words.read(row, Words.Kind.ANSWERED).get("text", ""),
        "practices": tells_practices(Type(row.request_type), row.outcome, row.denial_reason),
        "fee": fee_in_words(row) if row.fee_amount else "",
        "reason": str(Reason(row.denial_reason).label) if refused else "",
        "law": row.denial_legal_basis,
        **parts_in_words(parts_of.done_for(row.pk)),
        "with_record": not row.scope,
        **uses_in_words(row),
        "remedies": remedies(row) if refused else complaints(row) if row.fee_amount else "",
        "authorities": law_by(row).authorities if refused or row.fee_amount else (),
    }


def part_in_words(row: RightsRequest) -> str:
    if row.gets_kinds_instead:
        return _("You get the kinds of data that we hold. For the data itself we must know more surely who asks.")
    return _("We did a part of what you asked.")


def parts_in_words(erasure: PartErasure | None) -> dict[str, list[str]]:
    """What of a customer's data is gone and what is kept, by the names that they know."""
    if erasure is None:
        return {}
    return {"deleted": titles_of(erasure.deleted), "kept": titles_of(erasure.kept)}


def uses_in_words(row: RightsRequest) -> dict[str, list[str]]:
    """Of an objection granted in part, by name what stops and what goes on."""
    if not row.granted:
        return {}
    names = {use.purpose.code: use.name for use in catalogue.newest()}
    others = [code for code in row.scope if code not in row.granted]
    goes_on = [names.get(code, code) for code in others] or [_("Other uses of your data")]
    return {"stops": [names.get(code, code) for code in row.granted], "goes_on": goes_on}


def titles_of(codes: Collection[str]) -> list[str]:
    """Of kinds that were ever published: of others there is no name."""
    return [kind.title for kind in Category.objects.filter(code__in=codes, published=True).order_by("order", "code")]


def appeal_of(row: RightsRequest) -> dict[str, Any]:
    if not row.appeal_at:
        return {}
    return {
        "at": row.appeal_at,
        "due_at": row.appeal_due_at,
        "is_pending": row.appeal_outcome == Appealed.PENDING,
        "outcome": {
            Appealed.PENDING: "",
            Appealed.UPHELD: _("Another officer has looked at it. Our answer stays as it was."),
            Appealed.REVERSED: _("Another officer has looked at it. We begin again, with a new number."),
        }[Appealed(row.appeal_outcome)],
        "text": words.read(row, Words.Kind.DECIDED).get("text", ""),
        "following": row.followed_by.first(),
    }


def law_by(row: RightsRequest) -> Law:
    """The one it was filed under."""
    return Law(row.jurisdiction, Regime(row.regime))


def remedies(row: RightsRequest) -> str:
    """Looked at again once, a request is not a second time: what is left is to complain."""
    return complaints(row) if row.appeal_decided_at else str(REMEDIES[Regime(row.regime)])


def complaints(row: RightsRequest) -> str:
    """What one can do where there is nothing for us to look at again, such as a longer time for the answer."""
    return str(COMPLAINTS[Regime(row.regime)])


def asked(row: RightsRequest) -> list[tuple[str, str]]:
    """What exactly was asked, in the reader's words and in their own; their own are gone once they are erased."""
    said = words.read(row, Words.Kind.ASKED)
    proposals = [f"{label}: {one['right']}" for one in said.get("proposals", []) if (label := label_of(one))]
    facts = [
        (
            _("For which time"),
            period_words(row.scope_from, row.scope_until) if row.scope_from or row.scope_until else "",
        ),
        (_("What it is about"), ", ".join(names_of(row))),
        (_("How it should read"), "\n".join(proposals)),
        (_("Which entry"), said.get("which_entry", "")),
        (_("Why"), ground_words(said.get("ground", ""))),
        (_("In your words"), said.get("words", "")),
    ]
    return [(label, value) for label, value in facts if value]


def label_of(proposal: dict[str, str]) -> str:
    """Of the field that should read otherwise; its key where the catalogue has it no more."""
    field = Field.objects.filter(category__code=proposal["category"], key=proposal["field"]).first()
    return field.label if field else proposal["field"]


def names_of(row: RightsRequest) -> list[str]:
    """Of the data or the purposes in its scope."""
    if Type(row.request_type) in PURPOSES:
        return [one.name for one in catalogue.in_force() if one.purpose.code in row.scope]
    return [category.title for category in Category.objects.filter(code__in=row.scope).order_by("order")]


def reason_for_longer(row: RightsRequest) -> str:
    return str(Extension(row.extension_reason).label) if row.extension_reason else ""


def waiting_words(row: RightsRequest) -> str:
    return str(Waiting(row.waiting_for).label) if row.waiting_for else ""


def identity_words(row: RightsRequest) -> str:
    if row.identity_needed == Level.NOT_REQUIRED:
        return _("Not needed for this")
    if row.verification_level == Level.FAILED:
        return _("We could not confirm that you asked")
    if row.gets_kinds_instead:
        return _("Confirmed, but not surely enough for the data itself")
    return _("Confirmed") if row.verified_at else _("Not confirmed yet")


def package_of(row: RightsRequest) -> dict[str, Any]:
    """Where the copy of their data stands: `package` where one can be taken, `was_made` where one could be once."""
    if not is_copied(row):
        return {}
    return {"package": there(row), "was_made": row.packages.exists(), "is_copied": True}


MOST_TAKINGS = 10


def collected(code: CollectionCode, now: datetime) -> dict[str, Any]:
    """What whoever typed the code is shown: our answer, until when the copy is there, and what was taken before."""
    package, row = code.package, code.package.request
    taken = package.downloads.order_by("-taken_at")[:MOST_TAKINGS]
    return {"shown": shown(row, now), "row": row, "package": package, "answer": answer_of(row), "taken": taken}


def corrections_of(row: RightsRequest) -> list[dict[str, Any]]:
    """What was decided on each proposed value."""
    labels = {field.key: field.label for field in Field.objects.filter(category__code__in=row.scope)}
    return [
        {
            "field": labels.get(one.field, one.field),
            "is_accepted": one.is_accepted,
            "why_not": one.get_why_not_display() if one.why_not else "",
        }
        for one in row.corrections.order_by("place")
    ]


def asks_which_entry(row: RightsRequest) -> bool:
    return (
        row.request_type in CORRECTIONS
        and not row.is_answered
        and not Meant.objects.filter(request=row).exists()
        and bool(proposals(row))
    )
