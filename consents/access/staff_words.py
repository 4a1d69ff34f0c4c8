"""How a request reads to staff: states, outcomes and its timeline. Decides nothing."""

from typing import Any

from django.utils.translation import gettext as _

from consents.access.models import AccessRequest
from consents.access.rules import End, State
from consents.ledger.models import Entry


def short(customer: Any) -> str:
    """The pseudonym as a list shows it; staff never see a reference or a name here."""
    return _("Customer %(id)s") % {"id": str(customer)[:8]}


def status_of(row: AccessRequest) -> tuple[str, str]:
    """(tone, word). Expects selectors.as_now."""
    if row.running_until:  # type: ignore[attr-defined]
        part = row.state_now == State.PARTLY_APPROVED  # type: ignore[attr-defined]
        return "yes", _("Allowed in part") if part else _("Allowed")
    return {
        State.PENDING: ("wait", _("Waiting for the customer")),
        State.APPROVED: ("no", _("Allowed, now over")),
        State.PARTLY_APPROVED: ("no", _("Allowed in part, now over")),
        State.DENIED: ("no", _("Not allowed")),
        State.EXPIRED: ("no", _("Ended, no answer")),
        State.CANCELLED: ("no", _("Cancelled")),
    }[State(row.state_now)]  # type: ignore[attr-defined]


def timeline(row: AccessRequest, entries: list[Entry]) -> list[dict[str, Any]]:
    """The ledger of one request in words, oldest first."""
    return [{"at": entry.occurred_at, "text": line} for entry in entries if (line := line_of(row, entry))]


def line_of(row: AccessRequest, entry: Entry) -> str:
    if entry.event == "access_request.answered":
        return answer_line(entry.outcome)
    if entry.event == "grant.ended":
        return end_line(entry.outcome)
    if entry.event == "vault.opened":
        return _("%(who)s opened: %(what)s.") % {"who": row.asked_as, "what": title_of(row, entry)}
    if entry.event in ("access_request.denied", "access_request.cancelled") and "original" in entry.facts:
        return _("Records were restored from a backup. That this request had ended was put back.")
    lines = {
        "access_request.filed": _("Filed by %(who)s. The customer was told.") % {"who": row.asked_as},
        "access_request.cancelled": _("The request was cancelled."),
        "access_request.expired": _("The time to answer was over. Nobody got access."),
        "access_request.denied": _("The customer withdrew consent for this purpose, so the answer is no."),
        "access_request.wait_lifted": _("The customer said that the same may be asked again."),
        "vault.opening_refused": _("A try to open data was refused."),
    }
    return lines.get(entry.event, "")


def answer_line(outcome: str) -> str:
    return {
        State.APPROVED: _("The customer allowed all of it."),
        State.PARTLY_APPROVED: _("The customer allowed part of it."),
        State.DENIED: _("The customer did not allow it."),
    }[State(outcome)]


def end_line(outcome: str) -> str:
    return {
        End.TIME: _("The time was over. Access ended."),
        End.STOPPED: _("The customer stopped the access."),
        End.WITHDRAWN: _("The customer withdrew consent. Access ended."),
        End.COMPANY: _("The company ended the access."),
    }[End(outcome)]


def title_of(row: AccessRequest, entry: Entry) -> str:
    code = str(entry.facts.get("category", ""))
    return next((r.category.title for r in row.requested.all() if r.category.code == code), code)
