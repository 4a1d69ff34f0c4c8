"""What happened to a request, as its customer reads it."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from consents.ledger.models import Entry

EVENTS = {
    "filed": _("You asked, and it arrived"),
    "acknowledged": _("We confirmed that it arrived"),
    "matched": _("We found your record"),
    "identity_confirmed": _("It is confirmed that you asked"),
    "identity_failed": _("We could not confirm that you asked"),
    "extended": _("We told you that we need longer"),
    "paused": _("We asked you something, and our time stands still"),
    "resumed": _("You answered, and our time goes on"),
    "system_searched": _("We searched a system for your data"),
    "recipient_told": _("We told somebody who has your data"),
    "value_decided": _("We looked at a value you proposed"),
    "entry_chosen": _("You told us which entry you mean"),
    "packaged": _("Your data was ready to download"),
    "package_asked": _("You asked us to make it again"),
    "package_downloaded": _("Your data was downloaded"),
    "package_removed": _("The download was removed after two weeks"),
    "answered": _("We answered"),
    "withdrawn": _("You took your request back"),
    "appealed": _("You asked us to look at it again"),
    "appeal_decided": _("We decided on that"),
}
# What the page of a request leaves out, and only a copy of one's data tells.
BEHIND = {
    "words_read": _("An officer read what you wrote."),
    "reminded": _("We were reminded to answer in time."),
    "late": _("The day to answer passed. We are late."),
    "erasure_proposed": _("An officer proposed to erase your data."),
    "proof_forgotten": _("The name of the document that was shown for you was erased."),
    "removed": _("We removed the request from our records. Its time was over."),
}


def sentence(entry: Entry) -> str:
    """Every step in words; empty for what has none."""
    step = entry.event.removeprefix("rights_request.")
    return f"{EVENTS[step]}." if step in EVENTS else str(BEHIND.get(step, ""))


def events(entries: list[Entry]) -> list[dict[str, Any]]:
    told = [(entry, EVENTS.get(entry.event.removeprefix("rights_request."))) for entry in entries]
    return [{"at": entry.occurred_at, "text": text} for entry, text in told if text]
