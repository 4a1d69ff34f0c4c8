"""Tell customers what happened to their request."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from consents.law.identity import Level
from consents.ledger.models import Entry
from consents.rights.rules.delivery import RIGHT, DeliveryWay

EVENTS = {
    "filed": _("You asked, and it arrived"),
    "acknowledged": _("We confirmed that it arrived"),
    "matched": _("We found your record"),
    "law_chosen": _("We chose the law of the place where you live"),
    "identity_confirmed": _("It is confirmed that you asked"),
    "identity_failed": _("We could not confirm that you asked"),
    "extended": _("We told you that we need longer"),
    "paused": _("We asked you something, and our time stands still"),
    "resumed": _("You answered, and our time goes on"),
    "unanswered": _("No answer reached us, and our time goes on"),
    "system_searched": _("We searched a system for your data"),
    "answer_sent": _("We sent you the answer"),
    "recipient_told": _("We told somebody who has your data"),
    "value_decided": _("We looked at a value you proposed"),
    "entry_chosen": _("You told us which entry you mean"),
    "packaged": _("Your data was ready to download"),
    "package_asked": _("You asked us to make it again"),
    "package_downloaded": _("Your data was downloaded"),
    "code_made": _("We gave out a code to download your data without an account"),
    "code_typed": _("Somebody typed a wrong code for your data"),
    "code_ended": _("We ended the code for your data"),
    "package_removed": _("The download was removed after two weeks"),
    "answered": _("We answered"),
    "withdrawn": _("You took your request back"),
    "appealed": _("You asked us to look at it again"),
    "appeal_decided": _("We decided on that"),
}
# Said instead where the entry is of that kind.
VARIANTS: dict[str, tuple[Callable[[Entry], bool], Any]] = {
    "identity_confirmed": (
        lambda entry: entry.outcome == Level.REASONABLE and entry.facts.get("instead") == "kinds",
        _("It is confirmed that you asked, but not surely enough for the data itself"),
    ),
    "law_chosen": (
        lambda entry: entry.outcome == "kept",
        _("We answer under the law that you asked by, though our record named another place"),
    ),
    "package_asked": (lambda entry: entry.actor_kind == "staff", _("An officer had it made again")),
    "package_downloaded": (lambda entry: "code" in entry.facts, _("Your data was downloaded with a code")),
    "code_made": (
        lambda entry: entry.outcome == DeliveryWay.MAILED,
        _("A code to download your data without an account was mailed to you"),
    ),
    "package_removed": (
        lambda entry: entry.outcome == "part_erased",
        _("The download was removed, since it held what you had deleted"),
    ),
    "code_typed": (lambda entry: entry.outcome == RIGHT, _("The code for your data was typed")),
}
# What the page of a request leaves out, and only a copy of one's data tells.
BEHIND = {
    "words_read": _("An officer read what you wrote."),
    "reminded": _("We were reminded to answer in time."),
    "late": _("The day to answer passed. We are late."),
    "erasure_proposed": _("An officer proposed to erase your data."),
    "erasure_cancelled": _("The proposal to erase your data was cancelled."),
    "proof_forgotten": _("The name of the document that was shown for you was erased."),
    "removed": _("We removed the request from our records. Its time was over."),
}


def describe_visible_step(entry: Entry) -> Any:
    """Say the step as the request's page does; empty for what the page leaves out."""
    step = entry.event.removeprefix("rights_request.")
    is_so, words = VARIANTS.get(step, (lambda entry: False, ""))
    return words if is_so(entry) else EVENTS.get(step, "")


def describe_step(entry: Entry) -> str:
    """Describe a step; empty for what has no words."""
    text = describe_visible_step(entry)
    return f"{text}." if text else str(BEHIND.get(entry.event.removeprefix("rights_request."), ""))


def build_timeline(entries: list[Entry]) -> list[dict[str, Any]]:
    return [{"at": entry.occurred_at, "text": text} for entry in entries if (text := describe_visible_step(entry))]
