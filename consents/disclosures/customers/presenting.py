"""Say to a customer what happened since they were last here: by others, or to their settings."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext_lazy, pgettext

from consents.access.customers.presenting import build_answered_facts
from consents.access.models import AccessRequest
from consents.disclosures.models import Opening
from consents.disclosures.selectors import get_alike, map_own_readers
from consents.disclosures.telling.selectors import LOOKED, MOST_NEWS, REFUSED, count_news
from consents.exemptions import selectors as exemptions
from consents.exemptions.customers.presenting import SHORT_GROUNDS, describe_ground
from consents.exemptions.models import Exemption, Kind
from consents.people.models import StaffMember, User
from consents.people.selectors import name_others

# Say to a customer who looked and why.


def build_reading_lines(readings: list[tuple[datetime, StaffMember | None]]) -> list[dict[str, Any]]:
    """Build a line for each reading of this customer's history by an officer."""
    return [{"at": at, "who": str(member) if member else gettext("An officer")} for at, member in readings]


def build_unasked_lines(told: list[Exemption]) -> list[dict[str, Any]]:
    """Build a line for each time of access without an answer, whether or not somebody looked."""
    return [
        {
            "id": exemption.pk,
            "at": exemption.filed_at,
            "who": exemption.asked_as,
            "ground": SHORT_GROUNDS[Kind(exemption.kind)],
        }
        for exemption in told
    ]


def group_by_day(
    openings: Any, viewer: UUID | None = None, readers: Mapping[UUID, str] | None = None
) -> list[dict[str, Any]]:
    """Build the entries of the log, by day. `viewer`: the user who reads it, for what they allowed themselves;
    `readers`: for whom data was read, by opening, where several act for the customer.

    What is the same for many looks is put into words once: `alike` says for which.
    """

    shown = [(opening, get_alike(opening)) for opening in openings]
    exempted = exemptions.map_exemptions(opening.grant for opening, _alike in shown if opening.grant)
    examples = {alike: opening for opening, alike in shown}
    worded = {alike: build_activity_entry(opening, exempted, viewer) for alike, opening in examples.items()}
    entries = [
        worded[alike] | describe_moment(look) | {"alike": alike, "read_by": (readers or {}).get(look.pk, "")}
        for look, alike in shown
    ]
    by_day = groupby(entries, lambda entry: timezone.localtime(entry["at"]).date())
    return [{"date": when, "entries": list(looks)} for when, looks in by_day]


def name_readers(openings: Iterable[Opening], customer: UUID, viewer: User) -> dict[UUID, str]:
    """Say of each own copy who read it, where somebody but the reader of the log acts or has acted for the customer."""
    own = [opening.pk for opening in openings if opening.kind == Opening.Kind.OWN_COPY]
    others = name_others(customer, viewer) if own else {}
    actors = map_own_readers(own) if others else {}
    names = others | {str(viewer.pk): pgettext("after “by”", "you")}
    return {
        opening: gettext("Read by %(who)s.") % {"who": names[actor]}
        for opening, actor in actors.items()
        if actor in names
    }


def describe_moment(look: Opening) -> dict[str, Any]:
    """Build what a line says of this look alone: when it was, and whether the customer has reported it."""
    report = getattr(look, "report", None)
    return {"at": look.opened_at, "id": look.pk, "report_id": report and report.pk}


def build_activity_entry(
    opening: Opening, exempted: dict[UUID, Exemption], viewer: UUID | None = None
) -> dict[str, Any]:
    """Build what a line says of a look, except its moment."""
    access_request = opening.grant.access_request if opening.grant else None
    exemption = exempted.get(opening.grant.exemption) if opening.grant and opening.grant.exemption else None
    asked = access_request or exemption
    member = getattr(opening.staff, "staff_member", None) if opening.staff else None
    return {
        "who": asked.asked_as if asked else describe_looker(opening),
        "staff_number": member.number if member else "",
        "categories": [describe_opened(opening)] if opening.category else [],
        "is_own": opening.kind == Opening.Kind.OWN_COPY,
        "exemption_id": exemption.pk if exemption else None,
        "exempted": describe_ground(exemption) if exemption else "",
        "about": build_look_reasons(asked, opening),
        "request_id": access_request.pk if access_request else None,
        # Who said the last yes; by telephone, whoever was called: an officer recorded it.
        "is_allowed_by_you": access_request is not None and access_request.answer.answered_by_id == viewer,
        "may_be_reported": asked is not None,
    }


def describe_looker(opening: Opening) -> str:
    """Name who looked without a request of theirs: an officer who corrects a value, or nobody.

    A copy may have been made for anyone who acts for the customer, or by the portal.
    """
    member = getattr(opening.staff, "staff_member", None) if opening.staff else None
    if member is None:
        return gettext("No one on our staff")
    return gettext("%(name)s from %(team)s") % {"name": member.user.first_name, "team": member.team}


def describe_opened(opening: Opening) -> str:
    """Name the kind of data and, where a single value of it was looked at, which."""
    assert opening.category is not None
    if not opening.field:
        return str(opening.category.title)
    labels = {field.key: field.label for field in opening.category.fields.all()}
    return f"{opening.category.title}: {labels.get(opening.field, opening.field)}"


def build_look_reasons(asked: AccessRequest | Exemption | None, opening: Opening) -> dict[str, str] | None:
    """Build what for, why now and the case of a look, by what was asked; None for the customer's own."""
    if isinstance(asked, AccessRequest):
        return build_answered_facts(asked)
    facts = {"sentence": "", "sensitive_reason": "", "case_number": ""}
    if opening.kind == Opening.Kind.CORRECTION:
        why_now = gettext("You asked us to correct this value. Nothing else was shown.")
        return facts | {"what_for": gettext("Correct your data"), "why_now": why_now}
    if asked is None:
        return None
    facts |= {"what_for": asked.version.name, "why_now": describe_ground(asked)}
    return facts | {"sentence": asked.sentence, "case_number": asked.case_number}


@dataclass(frozen=True, eq=False)
class NewsKind:
    """Say what a number of events of one kind is called, and on which page they stand.

    Told apart by identity: lazy plurals all compare equal, and would put refused tries among the looks.
    """

    words: Any
    page: str


LOOKS = NewsKind(ngettext_lazy("%(n)d look by our staff", "%(n)d looks by our staff", "n"), "disclosures:activity")
TRIES = NewsKind(ngettext_lazy("%(n)d refused try to look", "%(n)d refused tries to look", "n"), "disclosures:activity")
UNASKED = NewsKind(
    ngettext_lazy("%(n)d case of access without your permission", "%(n)d cases of access without your permission", "n"),
    "disclosures:activity",
)
TOLD_LATE = NewsKind(
    ngettext_lazy(
        "%(n)d notice of earlier access without your permission",
        "%(n)d notices of earlier access without your permission",
        "n",
    ),
    "disclosures:activity",
)
ASKED = NewsKind(ngettext_lazy("%(n)d new request", "%(n)d new requests", "n"), "home")
EXPLAINED = NewsKind(
    ngettext_lazy("%(n)d answer to a question about a request", "%(n)d answers to questions about requests", "n"),
    "home",
)
DECIDED = NewsKind(
    ngettext_lazy("%(n)d answer recorded by someone else", "%(n)d answers recorded by someone else", "n"), "home"
)
UNANSWERED = NewsKind(
    ngettext_lazy("%(n)d request that ended without access", "%(n)d requests that ended without access", "n"), "home"
)
ENDED = NewsKind(ngettext_lazy("%(n)d end of access", "%(n)d ends of access", "n"), "home")
BLOCKED = NewsKind(
    ngettext_lazy("%(n)d block set or ended by someone else", "%(n)d blocks set or ended by someone else", "n"),
    "access:blocks",
)
WARNED = NewsKind(
    ngettext_lazy("%(n)d notice of a security incident", "%(n)d notices of security incidents", "n"), "home"
)
ANSWERED = NewsKind(ngettext_lazy("%(n)d answer from us to you", "%(n)d answers from us to you", "n"), "rights:list")
QUESTIONS = NewsKind(
    ngettext_lazy("%(n)d question from us to you", "%(n)d questions from us to you", "n"), "rights:list"
)
STEPS = NewsKind(
    ngettext_lazy("%(n)d other step in a privacy request", "%(n)d other steps in privacy requests", "n"), "rights:list"
)
REPORTED = NewsKind(
    ngettext_lazy("%(n)d decision about a reported look", "%(n)d decisions about reported looks", "n"),
    "disclosures:activity",
)
CHOSEN = NewsKind(
    ngettext_lazy("%(n)d choice recorded by someone else", "%(n)d choices recorded by someone else", "n"),
    "choices:list",
)
RENEWED = NewsKind(
    ngettext_lazy("%(n)d choice to look at again", "%(n)d choices to look at again", "n"), "choices:list"
)
EXPIRED = NewsKind(ngettext_lazy("%(n)d consent that ran out", "%(n)d consents that ran out", "n"), "choices:list")
REVOKED = NewsKind(ngettext_lazy("%(n)d consent that we ended", "%(n)d consents that we ended", "n"), "choices:list")
INVALIDATED = NewsKind(
    ngettext_lazy("%(n)d consent that was found invalid", "%(n)d consents that were found invalid", "n"),
    "choices:list",
)
CHANGED = NewsKind(
    ngettext_lazy(
        "%(n)d consent that ended because its text changed",
        "%(n)d consents that ended because their texts changed",
        "n",
    ),
    "choices:list",
)
PAUSED = NewsKind(
    ngettext_lazy(
        "%(n)d change to a pause, an objection or a limit", "%(n)d changes to pauses, objections or limits", "n"
    ),
    "choices:list",
)
SETTINGS = NewsKind(
    ngettext_lazy("%(n)d change of your settings", "%(n)d changes of your settings", "n"), "account_email"
)
ACTING = NewsKind(
    ngettext_lazy("%(n)d change of who can act here", "%(n)d changes of who can act here", "n"),
    "people:representatives",
)
# Not the time zone: the browser offers it at the first sign-in, and who had changed nothing would wonder who did.
NEWS = {
    LOOKED: LOOKS,
    REFUSED: TRIES,
    "exemption.opened": UNASKED,
    "exemption.granted": UNASKED,
    "exemption.told": TOLD_LATE,
    "access_request.filed": ASKED,
    "access_request.question_answered": EXPLAINED,
    "access_request.answered": DECIDED,
    "access_request.assented": DECIDED,
    "access_request.cancelled": UNANSWERED,
    "access_request.denied": UNANSWERED,
    "access_request.expired": UNANSWERED,
    "grant.ended": ENDED,
    "block.placed": BLOCKED,
    "block.lifted": BLOCKED,
    "breach.told": WARNED,
    "rights_request.asked": QUESTIONS,
    "rights_request.paused": QUESTIONS,
    "rights_request.answered": ANSWERED,
    "rights_request.appeal_decided": ANSWERED,
    "rights_request.filed": STEPS,
    "rights_request.assented": STEPS,
    "rights_request.clarified": STEPS,
    "rights_request.resumed": STEPS,
    "rights_request.withdrawn": STEPS,
    "rights_request.appealed": STEPS,
    "rights_request.extended": STEPS,
    "rights_request.identity_failed": STEPS,
    "rights_request.packaged": STEPS,
    "look_report.decided": REPORTED,
    "consent.given": CHOSEN,
    "consent.renewed": CHOSEN,
    "consent.refused": CHOSEN,
    "consent.deferred": CHOSEN,
    "consent.withdrawn": CHOSEN,
    "joint_consent.assented": CHOSEN,
    "joint_consent.refused": CHOSEN,
    "consent.requested": RENEWED,
    "consent.expired": EXPIRED,
    "consent.invalidated": INVALIDATED,
    "consent.revoked": REVOKED,
    "restriction.placed": PAUSED,
    "restriction.lifted": PAUSED,
    "objection.placed": PAUSED,
    "objection.lifted": PAUSED,
    "limit.placed": PAUSED,
    "limit.lifted": PAUSED,
    "account.locked": SETTINGS,
    "account.unlocked": SETTINGS,
    "account.password_changed": SETTINGS,
    "account.factor_added": SETTINGS,
    "account.factor_removed": SETTINGS,
    "address.failed": SETTINGS,
    "address.restored": SETTINGS,
    "customer.address_changed": SETTINGS,
    "customer.language_chosen": SETTINGS,
    "digests.chosen": SETTINGS,
    "look_emails.chosen": SETTINGS,
    "acting.ended": ACTING,
    "guardian.accepted": ACTING,
    "holder.joined": ACTING,
}
# Also where the reader did it, or somebody who had their password.
ALSO_OWN = [event for event, kind in NEWS.items() if kind in (SETTINGS, ACTING)]


@dataclass(frozen=True)
class NewsLine:
    text: str
    url: str


def describe_news(*, customer: UUID, since: datetime, reader: UUID, **_: Any) -> list[NewsLine]:
    """Say what happened, one line for each kind; by signal, for the home page. One query.

    `reader`: the user who reads it, whose own acts are no news to them.
    """
    counted = count_news(customer, since, NEWS, reader=reader, also_own=ALSO_OWN)
    numbers: Counter[NewsKind] = Counter()
    for event, number in counted.items():
        numbers[NEWS.get(event, CHANGED)] += number
    lines = [
        NewsLine(str(kind.words % {"n": numbers[kind]}), reverse(kind.page))
        for kind in dict.fromkeys([*NEWS.values(), CHANGED])
        if kind in numbers
    ]
    if sum(numbers.values()) < MOST_NEWS:
        return lines
    more = gettext("Only the newest %(n)d entries are counted.") % {"n": MOST_NEWS}
    return [*lines, NewsLine(more, reverse("disclosures:activity"))]
