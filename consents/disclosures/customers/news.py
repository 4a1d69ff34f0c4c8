"""Say to a customer what happened since they were last here: by others, or to their settings."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext, ngettext_lazy

from consents.disclosures.telling.selectors import LOOKED, MOST_NEWS, REFUSED, count_news


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
