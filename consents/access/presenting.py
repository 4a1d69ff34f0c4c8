"""How a request reads to the customer: the words of a page, from the rows. Decides nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from consents.access import rules, selectors
from consents.access.models import AccessRequest, Grant
from consents.access.rules import End, State
from consents.catalogue import selectors as catalogue
from consents.catalogue.models import Category
from consents.core.durations import in_words, left_in_words
from consents.ledger.models import Entry


@dataclass(frozen=True)
class Access:
    """Running access, as a card or a line shows it."""

    request_id: Any
    who: str
    purpose: str
    categories: list[str]
    until: datetime
    left: str


def access_of(row: AccessRequest, now: datetime) -> Access | None:
    """What of this request still runs; None when nothing does. Expects selectors.with_categories."""
    live = [grant for grant in row.grants.all() if grant.is_live(now)]
    if not live:
        return None
    until = live[0].ends_at
    return Access(
        row.pk,
        row.asked_as,
        row.version.name,
        [grant.category.title for grant in live],
        until,
        left_in_words(until, now),
    )


def stopped(row: AccessRequest) -> dict[str, Any]:
    """The card that takes the place of a stopped one."""
    return {"request_id": row.pk, "who": row.asked_as}


def categories_of(row: AccessRequest) -> list[Category]:
    """Sensitive first: what weighs most is read first."""
    asked = [requested.category for requested in row.requested.all()]
    return sorted(asked, key=lambda category: (not category.sensitive, category.order, category.code))


def waiting_card(row: AccessRequest, now: datetime) -> dict[str, Any]:
    return {
        "id": row.pk,
        "who_short": row.asked_as,
        "why": row.get_reason_display(),
        "categories": [category.title for category in categories_of(row)],
        "answer_by": row.answer_by,
        "left": left_in_words(row.answer_by, now),
    }


def status_of(row: AccessRequest, now: datetime) -> tuple[str, str]:
    """(code, the customer's word). Running and ended access are told apart from the answer that gave it."""
    state = row.state_at(now)
    if state in (State.APPROVED, State.PARTLY_APPROVED):
        return status_of_grants(list(row.grants.all()), state, now)
    words = {
        State.PENDING: _("Waiting for you"),
        State.DENIED: _("You said no"),
        State.EXPIRED: _("Ended, no answer"),
        State.CANCELLED: _("Taken back"),
    }
    return state, words[state]


def status_of_grants(grants: list[Grant], state: State, now: datetime) -> tuple[str, str]:
    if any(grant.is_live(now) for grant in grants):
        return state, _("Allowed in part") if state == State.PARTLY_APPROVED else _("Allowed")
    ends = {grant.end for grant in grants if grant.end}
    if End.STOPPED in ends:
        return "stopped", _("Stopped by you")
    if End.WITHDRAWN in ends:
        return "withdrawn", _("Ended: you withdrew")
    return "ended", _("Ended by us") if End.COMPANY in ends else _("Allowed, now over")


def earlier_line(row: AccessRequest, now: datetime) -> dict[str, Any]:
    code, word = status_of(row, now)
    return {"id": row.pk, "who": row.asked_as, "status": code, "status_word": word, "date": row.filed_at}


def asked(row: AccessRequest, now: datetime) -> dict[str, Any]:
    """Everything the request page says, in the order of experience §2."""
    code, word = status_of(row, now)
    categories = categories_of(row)
    others = catalogue.published_categories().exclude(pk__in=[category.pk for category in categories])
    return {
        "id": row.pk,
        "who_short": row.asked_as,
        "who_full": _("%(name)s, %(team)s, staff number %(number)s") % who_of(row),
        "status": code,
        "status_word": word,
        "outcome": outcome_of(row, code, now),
        "why": row.get_reason_display(),
        "sentence": row.sentence,
        "sensitive_reason": row.sensitive_reason,
        "case_number": row.case_number,
        "categories": categories,
        "not_shown": [category.title for category in others],
        "duration_words": in_words(row.duration),
        "recipients": row.version.recipients_in_words,
        "if_no": row.version.if_no,
        "answer_by": row.answer_by,
        "left": left_in_words(row.answer_by, now),
        "may_ask_again_on": may_ask_again_on(row, now),
    }


def who_of(row: AccessRequest) -> dict[str, str]:
    member = row.staff.staff_member
    return {"name": row.staff.get_full_name(), "team": member.team, "number": member.number or "–"}


def outcome_of(row: AccessRequest, code: str, now: datetime) -> str:
    """One sentence on how it ended; empty while it waits or runs."""
    who = row.asked_as
    sentences = {
        State.DENIED: _("You did not allow this. %(who)s cannot see your data.") % {"who": who},
        State.EXPIRED: _("Nobody answered in time, so nobody got access."),
        State.CANCELLED: _("This request was taken back. Nobody got access."),
        "stopped": _("You stopped this access. %(who)s cannot see your data any more.") % {"who": who},
        "withdrawn": _("You withdrew consent for this purpose, so this access ended."),
        "ended": _("This access is over. %(who)s cannot see your data any more.") % {"who": who},
    }
    return sentences.get(code, "")


def may_ask_again_on(row: AccessRequest, now: datetime) -> datetime | None:
    """Until when the same ask must rest; None when it need not."""
    if row.may_ask_again_at:
        return None
    stops = [grant.ended_at for grant in row.grants.all() if grant.end in (End.STOPPED, End.WITHDRAWN)]
    past = rules.Past(State(row.state), row.answer_by, row.ended_at, max(stops, default=None), frozenset(), False)  # type: ignore[type-var]
    waits = rules.Waits(settings.PORTAL_WAIT_AFTER_NO, settings.PORTAL_WAIT_AFTER_SILENCE)
    until = rules.rests_until(past, row.state_at(now), waits)
    return until if until and until > now else None


def history(row: AccessRequest, entries: list[Entry]) -> list[dict[str, Any]]:
    """The timeline of the ledger in words, with where to take the proof of each entry away."""
    told = [(entry, history_line(row, entry)) for entry in entries]
    return [
        {"at": entry.occurred_at, "text": line, "proof": reverse("access:proof", args=[row.pk, entry.sequence])}
        for entry, line in told
        if line
    ]


def history_line(row: AccessRequest, entry: Entry) -> str:
    who = row.asked_as
    if entry.event == "access_request.answered":
        return answer_line(entry.outcome)
    if entry.event == "grant.ended":
        return end_line(entry.outcome)
    if entry.event == "vault.opened":
        return _("%(who)s opened: %(what)s.") % {"who": who, "what": category_title(row, entry)}
    if entry.event in ("access_request.denied", "access_request.cancelled") and "original" in entry.facts:
        return _("We had to restore our records from a backup. That this request had ended was put back.")
    if entry.event == "access_request.cancelled" and entry.actor != str(row.staff_id):
        return pgettext("company", "We ended the request.")
    lines = {
        "access_request.filed": _("%(who)s asked.") % {"who": who},
        "access_request.cancelled": _("%(who)s took the request back.") % {"who": who},
        "access_request.expired": _("The time to answer was over. Nobody got access."),
        "access_request.denied": _("You withdrew consent for this purpose, so the answer is no."),
        "access_request.wait_lifted": _("You said that they may ask again."),
        "vault.opening_refused": _("%(who)s tried to open data and was refused.") % {"who": who},
    }
    return lines.get(entry.event, "")


def answer_line(outcome: str) -> str:
    return {
        State.APPROVED: _("You allowed all of it."),
        State.PARTLY_APPROVED: _("You allowed part of it."),
        State.DENIED: _("You did not allow it."),
    }[State(outcome)]


def end_line(outcome: str) -> str:
    return {
        End.TIME: _("The time was over. Access ended."),
        End.STOPPED: _("You stopped access."),
        End.WITHDRAWN: _("You withdrew consent. Access ended."),
        End.COMPANY: pgettext("company", "We ended the access."),
    }[End(outcome)]


def category_title(row: AccessRequest, entry: Entry) -> str:
    code = entry.facts.get("category")
    return next((r.category.title for r in row.requested.all() if r.category.code == code), str(code))


def requests_of(customer: Any, now: datetime) -> tuple[list[AccessRequest], list[AccessRequest]]:
    """(waiting, soonest first; running, newest first). Bounded: a customer has few of either."""
    rows = list(selectors.with_categories(selectors.open_of(customer, now)).order_by("-filed_at")[:100])
    waiting = [row for row in rows if row.state_at(now) == State.PENDING]
    running = [row for row in rows if any(grant.is_live(now) for grant in row.grants.all())]
    return sorted(waiting, key=lambda row: row.answer_by), running
