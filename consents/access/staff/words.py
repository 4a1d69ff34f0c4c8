"""Words of the staff pages about a request: state, outcome, timeline. Decides nothing."""

from typing import Any

from django.utils.translation import gettext as _

from consents.access.customers.presenting import describe_spoken, get_category_title, is_only_shortened
from consents.access.models import AccessRequest
from consents.access.rules import RequestState
from consents.access.rules.causes import ENDS, WORDS, EndCause
from consents.access.selectors import get_cause, get_moment
from consents.access.selectors.telephone import find_recorder
from consents.core.durations import format_local_moment
from consents.ledger.event_words import describe_for_staff
from consents.ledger.models import Entry


def describe_staff_status(access_request: AccessRequest) -> tuple[str, str]:
    """Return (tone, word). Expects `selectors.annotate_current_state` and `annotate_holders`."""
    is_shorter = access_request.state_now == RequestState.PARTLY_APPROVED and is_only_shortened(access_request)
    if access_request.running_until:
        if access_request.state_now == RequestState.APPROVED:
            return "yes", _("Allowed")
        return "yes", _("Allowed for a shorter time") if is_shorter else _("Allowed in part")
    # Where each of them has said yes, whoever was missing has left, and the customer is asked again.
    some_answered = 0 < getattr(access_request, "assents_given", 0) < getattr(access_request, "holders", 0)
    if access_request.state_now == RequestState.PENDING and some_answered:
        return "wait", _("%(assents_given)d of %(holders)d holders answered") % vars(access_request)
    return {
        RequestState.PENDING: ("wait", _("Waiting for the customer")),
        RequestState.APPROVED: ("no", _("Allowed, now over")),
        RequestState.PARTLY_APPROVED: (
            "no",
            _("Allowed for a shorter time, now over") if is_shorter else _("Allowed in part, now over"),
        ),
        RequestState.DENIED: ("no", _("Not allowed")),
        RequestState.EXPIRED: ("no", _("Time to answer ran out")),
        RequestState.CANCELLED: ("no", _("Cancelled")),
    }[RequestState(access_request.state_now)]


def describe_deadline(access_request: AccessRequest) -> str:
    """Return until when the customer may answer, or access runs; '' once neither goes on."""
    if access_request.running_until:
        return _("Access until %(moment)s") % {"moment": format_local_moment(access_request.running_until)}
    if access_request.state_now == RequestState.PENDING:
        return _("Answer by %(moment)s") % {"moment": format_local_moment(access_request.answer_by)}
    return ""


def label_answer_time(access_request: AccessRequest) -> str:
    return _("Answer by") if access_request.state_now == RequestState.PENDING else _("Deadline for the answer")


def describe_recorder(access_request: AccessRequest) -> str:
    """Mark an answer by telephone with who recorded it; '' for any other, or none."""
    return describe_spoken(find_recorder(access_request))


def build_staff_timeline(access_request: AccessRequest, entries: list[Entry]) -> list[dict[str, Any]]:
    """Put the ledger entries of one request into words, oldest first."""
    return [
        {"at": get_moment(access_request, entry), "text": line}
        for entry in entries
        if (line := describe_staff_entry(access_request, entry))
    ]


def describe_staff_entry(access_request: AccessRequest, entry: Entry) -> str:
    if entry.event in ENDS and "original" in entry.facts:
        return str(WORDS[EndCause.RESTORED].staff)
    if cause := get_cause(entry):
        return f"{WORDS[cause].staff} {describe_for_staff(entry)}"
    what, recorder = get_category_title(access_request.requested.all(), entry), find_recorder(access_request)
    return describe_for_staff(entry, who=access_request.asked_as, what=what, recorder=recorder)
