"""Words of the customer's pages about a request. Decides nothing."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID
from zlib import crc32

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from consents.access import rules, selectors
from consents.access.models import AccessRequest, RequestedCategory
from consents.access.rules import GrantEnd, RequestState
from consents.access.rules.causes import ENDS, WORDS, EndCause
from consents.access.selectors import build_sharing, find_causes, get_cause, get_moment, locking
from consents.access.selectors.locking import RequestReading
from consents.access.services.asking import build_request, get_waiting_times
from consents.catalogue import selectors as catalogue
from consents.catalogue.models import Category, PurposeVersion
from consents.core.durations import describe_duration, describe_time_left
from consents.ledger.models import Entry
from consents.ledger.rules import describe_for_customer
from consents.people.models import Acting, StaffMember

CODE_OF_END = {GrantEnd.STOPPED: "stopped", GrantEnd.WITHDRAWN: "withdrawn"}
ENDED_CODES = ("stopped", "withdrawn", "ended")
TINTS = 4  # of the stylesheet: .team-1 to .team-4


class Face(NamedTuple):
    """Stand beside a requester's name: initials in the tint of the team."""

    initials: str
    tint: int


def build_face(access_request: AccessRequest) -> Face:
    names = access_request.staff.get_full_name().split() or [access_request.asked_name]
    initials = "".join(name[0] for name in (names[0], *names[1:][-1:]) if name)
    return Face(initials.upper(), crc32(access_request.asked_team.encode()) % TINTS + 1)


def build_running_access(access_request: AccessRequest, now: datetime, recorder: str = "") -> dict[str, Any] | None:
    """Build what of this request still runs, as a card or a line shows it, or None. Expects
    `selectors.prefetch_categories`.

    `recorder`: who recorded the answer, if it came by telephone.
    """
    live = [grant for grant in access_request.grants.all() if grant.is_live(now)]
    if not live:
        return None
    until = live[0].ends_at
    return {
        "request_id": access_request.pk,
        "who": access_request.asked_as,
        "face": build_face(access_request),
        "categories": [grant.category.title for grant in live],
        "until": until,
        "left": describe_time_left(until, now),
        "spoken": describe_spoken(recorder),
        **build_purpose_facts(access_request),
    }


def describe_spoken(recorder: str) -> str:
    """Mark an answer by telephone, wherever it is shown; '' for any other."""
    return _("By telephone, recorded by %(recorder)s") % {"recorder": recorder} if recorder else ""


def describe_spoken_answer(recorder: str) -> str:
    """Mark it beside how the request ended, which need not have been said by telephone."""
    return _("Answered by telephone, recorded by %(recorder)s") % {"recorder": recorder} if recorder else ""


def build_purpose_facts(access_request: AccessRequest) -> dict[str, str]:
    """Build the first two facts of a request, on every page: the purpose a yes is bound to, and why now."""
    return {
        "what_for": access_request.version.name,
        "why_now": access_request.get_reason_display(),
        "sentence": access_request.sentence,
        "sensitive_reason": access_request.sensitive_reason,
        "case_number": access_request.case_number,
    }


def build_answered_facts(access_request: AccessRequest) -> dict[str, str]:
    """Build the facts of a request whose answer let somebody look."""
    spoken = describe_spoken(locking.get_recorder(access_request.answer))
    return build_purpose_facts(access_request) | {"spoken": spoken}


def build_stopped_card(read: RequestReading) -> dict[str, Any]:
    """Build the card that replaces the one whose access was stopped, or had ended before the press."""
    asked = build_request_context(read.access_request, read.now, by_you=not read.others, read=read)
    return {
        "request_id": asked["id"],
        "who": asked["who_short"],
        "status": asked["status"],
        "status_word": asked["status_word"],
        "told": " ".join(asked["outcome"]),
    }


def describe_over(access_request: AccessRequest) -> str:
    """Describe what ended, and nothing more: the same person may see other data for another request."""
    what = ", ".join(grant.category.title for grant in access_request.grants.all())
    return _("%(who)s can no longer see this for the request: %(what)s.") % {
        "who": access_request.asked_as,
        "what": what,
    }


def list_still_running(access_request: AccessRequest, now: datetime) -> list[dict[str, str]]:
    """List the other access of the same requester that runs on, each with the address that stops it."""
    _waiting, running = list_open_requests(access_request.customer_id, now)
    others = [other for other in running if other.staff_id == access_request.staff_id and other.pk != access_request.pk]
    return [build_still_running(other, now) for other in others]


def build_still_running(access_request: AccessRequest, now: datetime) -> dict[str, str]:
    running = build_running_access(access_request, now)
    assert running is not None
    values = {"who": running["who"], "what": ", ".join(running["categories"]), "purpose": running["what_for"]}
    return {
        "text": _("%(who)s can still see for another request: %(what)s. What for: %(purpose)s.") % values,
        "stop_url": reverse("access:stop", args=[access_request.pk]),
    }


def build_draft(
    version: PurposeVersion, member: StaffMember, now: datetime, categories: Iterable[Category], **terms: Any
) -> AccessRequest:
    """Build a request for a page that shows what its customer would read; it is never saved."""
    draft = build_request(version, member, now, **terms)
    requested = [RequestedCategory(access_request=draft, category=category) for category in categories]
    # Unsaved rows cannot be fetched; the page reads them from where a prefetch would have put them.
    draft._prefetched_objects_cache = {"requested": requested, "grants": []}  # type: ignore[attr-defined]
    return draft


def list_categories(access_request: AccessRequest) -> list[Category]:
    """List the requested categories, sensitive ones first: what weighs most is read first."""
    categories = [requested.category for requested in access_request.requested.all()]
    return sorted(categories, key=lambda category: (not category.sensitive, category.order, category.code))


def build_waiting_card(access_request: AccessRequest, now: datetime) -> dict[str, Any]:
    return {
        "id": access_request.pk,
        "who_short": access_request.asked_as,
        "face": build_face(access_request),
        **build_purpose_facts(access_request),
        "categories": [category.title for category in list_categories(access_request)],
        "answer_by": access_request.answer_by,
        "left": describe_time_left(access_request.answer_by, now),
    }


def describe_status(
    access_request: AccessRequest, now: datetime, cause: EndCause | None = None, by_you: bool = True
) -> tuple[str, str]:
    """Return (code, the customer's word), distinguishing running and ended access from the answer that gave it.

    `by_you`: nobody but the reader has ever acted for the customer.
    """
    state = access_request.state_at(now)
    if state in (RequestState.APPROVED, RequestState.PARTLY_APPROVED):
        return describe_grant_status(access_request, state, now, cause, by_you)
    if cause:
        return state, describe_cause(cause, by_you)
    words = {
        RequestState.PENDING: _("Waiting for you"),
        RequestState.DENIED: _("You said no") if by_you else _("Not allowed"),
        RequestState.EXPIRED: _("Time to answer ran out"),
        RequestState.CANCELLED: _("Taken back"),
    }
    return state, words[state]


def describe_grant_status(
    access_request: AccessRequest, state: RequestState, now: datetime, cause: EndCause | None, by_you: bool
) -> tuple[str, str]:
    if any(grant.is_live(now) for grant in access_request.grants.all()):
        if state == RequestState.APPROVED:
            return state, _("Allowed")
        return state, _("Allowed for a shorter time") if is_only_shortened(access_request) else _("Allowed in part")
    cause = cause or EndCause.TIME
    return CODE_OF_END.get(WORDS[cause].end, "ended"), describe_cause(cause, by_you)


def is_only_shortened(access_request: AccessRequest) -> bool:
    """Return whether the part that was allowed is all of the data, for less time. Of a request allowed in part."""
    return len(access_request.grants.all()) == len(access_request.requested.all())


def describe_cause(cause: EndCause, by_you: bool) -> str:
    """Return the word of a list; where others act for the customer too, not as the reader's own act."""
    if by_you or not WORDS[cause].is_by_customer:
        return str(WORDS[cause].status)
    return {EndCause.STOPPED: _("Stopped"), EndCause.WITHDRAWN: _("Ended: consent withdrawn")}.get(cause, _("Ended"))


def build_earlier_lines(
    access_requests: list[AccessRequest],
    now: datetime,
    by_you: bool,
    causes: Mapping[UUID, EndCause],
    recorders: Mapping[UUID, str],
) -> list[dict[str, Any]]:
    lines = []
    for access_request in access_requests:
        code, word = describe_status(access_request, now, causes.get(access_request.pk), by_you)
        lines.append(
            {
                "id": access_request.pk,
                "who": access_request.asked_as,
                "categories": [requested.category.title for requested in access_request.requested.all()],
                "status": code,
                "status_word": word,
                "date": access_request.filed_at,
                "spoken": describe_spoken_answer(recorders.get(access_request.pk, "")),
            }
        )
    return lines


def build_request_context(
    access_request: AccessRequest, now: datetime, by_you: bool = True, read: RequestReading | None = None
) -> dict[str, Any]:
    """Build everything the request page says: who, why, what, how long, what happens after a no.

    `read`: what was read with the request; without it, the database is asked.
    """
    cause = find_end_cause(access_request, now, read)
    code, word = describe_status(access_request, now, cause, by_you)
    categories = list_categories(access_request)
    recorder = read.recorder if read else locking.find_recorder(access_request)
    published = read.published if read else catalogue.select_published_categories()
    is_blocked = read is not None and read.is_blocked
    return {
        "id": access_request.pk,
        "who_short": access_request.asked_as,
        "face": build_face(access_request),
        "who_full": describe_requester(access_request),
        "status": code,
        "status_word": word,
        "outcome": describe_outcome(access_request, code, cause, by_you, read),
        "spoken": describe_spoken(recorder),
        **build_purpose_facts(access_request),
        "categories": categories,
        **list_answered_categories(access_request, categories),
        "not_shown": [category.title for category in published if category not in categories],
        "duration_words": describe_duration(access_request.duration),
        "allowed_length": describe_allowed_length(access_request),
        "recipients": access_request.version.recipients_in_words,
        "if_no": access_request.version.notice.if_no,
        "answer_by": access_request.answer_by,
        "left": describe_time_left(access_request.answer_by, now),
        "is_blocked": is_blocked,
        "may_ask_again_on": None if is_blocked else find_wait_end(access_request, now),
    }


def find_answerer(read: RequestReading | None) -> str:
    """Name who else gave the answer; empty for the reader, and while nobody has."""
    answers = [entry for entry in read.entries if entry.event == "access_request.answered"] if read else []
    return read.others.get(answers[0].actor, "") if read and answers else ""


def find_end_cause(access_request: AccessRequest, now: datetime, read: RequestReading | None) -> EndCause | None:
    if access_request.state_at(now) == RequestState.PENDING:
        return None
    return read.cause if read else find_causes([access_request.pk]).get(access_request.pk)


def list_answered_categories(access_request: AccessRequest, categories: list[Category]) -> dict[str, list[str]]:
    """List what of the request was allowed and what was not; both empty without an answer that allowed something."""
    granted = {grant.category_id for grant in access_request.grants.all()}
    if not granted:
        return {"allowed": [], "refused": []}
    return {
        "allowed": [category.title for category in categories if category.pk in granted],
        "refused": [category.title for category in categories if category.pk not in granted],
    }


def describe_allowed_length(access_request: AccessRequest) -> str:
    """Say for how long it was allowed; '' where nothing was, or where it was for as long as they asked."""
    lengths = [grant.ends_at - grant.starts_at for grant in access_request.grants.all()]
    allowed = min(lengths, default=access_request.duration)
    return describe_duration(allowed) if allowed < access_request.duration else ""


def describe_requester(access_request: AccessRequest) -> str:
    """Name who asked: the person, the team they asked for, and the staff number."""
    name, member = access_request.staff.get_full_name(), access_request.staff.staff_member
    facts = {"name": name, "team": access_request.asked_team, "number": member.number or "–"}
    return _("%(name)s, %(team)s, staff number %(number)s") % facts


def describe_outcome(
    access_request: AccessRequest, code: str, cause: EndCause | None, by_you: bool, read: RequestReading | None
) -> list[str]:
    """Describe how the request ended: why, and what that ended. Empty while it is pending or its access runs."""
    no_access = _("%(who)s got no access for this request.") % {"who": access_request.asked_as}
    if access_request.grants.all():
        if code not in ENDED_CODES:
            return []
        return [describe_ender(cause or EndCause.TIME, by_you, read), describe_over(access_request)]
    if cause:
        return [describe_ender(cause, by_you, read), no_access]
    if code == RequestState.DENIED:
        return [describe_no(find_answerer(read)), no_access]
    return [describe_silence(read), no_access] if code == RequestState.EXPIRED else []


def describe_ender(cause: EndCause, by_you: bool, read: RequestReading | None) -> str:
    """Say why it ended; where others act for the customer too, which of them decided it."""
    if by_you or not WORDS[cause].is_by_customer:
        return str(WORDS[cause].customer)
    ended = [entry for entry in read.entries if get_cause(entry) == cause] if read else []
    if not (read and ended):
        return _("The history below says who decided this, and when.")
    other = read.others.get(ended[-1].actor, "")
    return capfirst(str(WORDS[cause].other) % {"other": other}) if other else str(WORDS[cause].customer)


def describe_no(answerer: str) -> str:
    sentence = _("%(other)s did not allow this.") % {"other": answerer}
    return capfirst(sentence) if answerer else _("You did not allow this.")


def describe_silence(read: RequestReading | None) -> str:
    if read and read.access_request.assents.all():
        return _("Not everyone who shares the account answered in time.")
    return _("No one answered in time.")


def find_wait_end(access_request: AccessRequest, now: datetime) -> datetime | None:
    """Return when the same request may be made again, or None if it may be made now."""
    if access_request.may_ask_again_at:
        return None
    stopped = (GrantEnd.STOPPED, GrantEnd.WITHDRAWN)
    stops = [grant.ended_at for grant in access_request.grants.all() if grant.end in stopped and grant.ended_at]
    state = RequestState(access_request.state)
    past = rules.EarlierRequest(
        state, access_request.answer_by, access_request.ended_at, max(stops, default=None), frozenset(), False
    )
    until = rules.compute_wait_end(past, access_request.state_at(now), get_waiting_times())
    return until if until and until > now else None


def build_history(read: RequestReading) -> list[dict[str, Any]]:
    """Put the ledger entries into words, each with the address of its proof, once there is one."""
    asked = read.access_request
    described = [
        (entry, describe_history_line(read, entry, read.others.get(entry.actor, ""))) for entry in read.entries
    ]
    return [
        {
            "at": get_moment(asked, entry),
            "text": line,
            "proof": reverse("access:proof", args=[asked.pk, entry.sequence]) if entry.pk in read.sealed else "",
        }
        for entry, line in described
        if line
    ]


def describe_history_line(read: RequestReading, entry: Entry, other: str) -> str:
    """Describe an entry on the page; the last yes of a shared account is not told as the part that others left."""
    if entry.outcome == RequestState.PARTLY_APPROVED and read.access_request.assents.all():
        joint = _("%(other)s said yes, too. What all of you agreed to was allowed.") % {"other": other}
        return capfirst(joint) if other else _("You said yes, too. What all of you agreed to was allowed.")
    return describe_entry(read.access_request, entry, other, read.recorder)


def describe_entry(access_request: AccessRequest, entry: Entry, other: str = "", recorder: str = "") -> str:
    """Describe one entry; `other` names who did it, if not the reader."""
    who = access_request.asked_as
    if entry.event in ENDS and "original" in entry.facts:
        return str(WORDS[EndCause.RESTORED].customer)
    cause = get_cause(entry)
    if cause == EndCause.TAKEN_BACK:
        return _("%(who)s took the request back.") % {"who": who}
    if cause:
        because = (other and WORDS[cause].other) or WORDS[cause].customer
        return capfirst(f"{because} {describe_for_customer(entry)}" % {"other": other})
    names = {"recorder": recorder} if recorder else {}
    return describe_for_customer(
        entry, other, who=who, what=get_category_title(access_request.requested.all(), entry), **names
    )


def get_category_title(asked: Iterable[Any], entry: Entry) -> str:
    """Return the title of the kind of data that an entry names, if it is among those `asked` for; else its code."""
    code = entry.facts.get("category")
    return next((one.category.title for one in asked if one.category.code == code), str(code))


def list_open_requests(customer: Any, now: datetime) -> tuple[list[AccessRequest], list[AccessRequest]]:
    """Return (waiting, soonest first; running, newest first). Bounded: a customer has few of either."""
    newest = selectors.prefetch_categories(selectors.select_open_requests(customer, now)).order_by("-filed_at")
    return divide_open_requests(list(newest[:100]), now)


def divide_waiting(
    waiting: list[AccessRequest], holder: Acting, holders: list[Acting]
) -> tuple[list[AccessRequest], list[AccessRequest]]:
    """Divide into what waits for this holder, and what they said yes to and waits for others who share the account."""
    agreed = []
    for access_request in waiting:
        sharing = build_sharing(holder, holders, access_request.assents.all())
        if sharing and sharing.own:
            agreed.append(access_request)
    return [access_request for access_request in waiting if access_request not in agreed], agreed


def divide_open_requests(
    open_requests: list[AccessRequest], now: datetime
) -> tuple[list[AccessRequest], list[AccessRequest]]:
    waiting = [
        access_request for access_request in open_requests if access_request.state_at(now) == RequestState.PENDING
    ]
    running = [
        access_request
        for access_request in open_requests
        if any(grant.is_live(now) for grant in access_request.grants.all())
    ]
    return sorted(waiting, key=lambda access_request: access_request.answer_by), running
