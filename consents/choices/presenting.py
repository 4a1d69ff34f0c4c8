"""How choices read to the customer: the words of a page, from the facts. Decides nothing."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from consents.choices.rules import BUTTON, OPT_OUT_PAGE, SIGNAL, TEXT_CHANGED, Lapse, Status
from consents.choices.selectors import Standing
from consents.choices.signals import withdrawal_previewed
from consents.ledger.models import Entry

BY_CUSTOMER = {
    Status.GIVEN: gettext_lazy("You agreed to version %(number)s of the text."),
    Status.RENEWED: gettext_lazy("You renewed your consent, to version %(number)s of the text."),
    Status.REFUSED: gettext_lazy("You said no."),
    Status.WITHDRAWN: gettext_lazy("You withdrew your consent. We stopped."),
    Status.DEFERRED: gettext_lazy("You chose “Not now”. That is a no."),
}
BY_OTHER = {
    Status.GIVEN: gettext_lazy("Somebody who may act for this customer agreed to version %(number)s of the text."),
    Status.RENEWED: gettext_lazy(
        "Somebody who may act for this customer renewed consent, to version %(number)s of the text."
    ),
    Status.REFUSED: gettext_lazy("Somebody who may act for this customer said no."),
    Status.WITHDRAWN: gettext_lazy("Somebody who may act for this customer withdrew consent. We stopped."),
    Status.DEFERRED: gettext_lazy("Somebody who may act for this customer chose “Not now”. That is a no."),
}
ENDED = {
    Status.REQUESTED: gettext_lazy("We asked you to look at this again."),
    Status.EXPIRED: gettext_lazy("Your consent ran out. We stopped."),
    Status.REVOKED: gettext_lazy("We do not do this any more, so your consent ended."),
    Status.INVALIDATED: gettext_lazy("Your consent was found to be invalid. We stopped."),
}


def in_groups(standings: list[Standing]) -> dict[str, list[Standing]]:
    """As the page shows them; every standing is in exactly one group."""
    asked = [standing for standing in standings if standing.is_asked]
    answered = [one for one in asked if one.is_given or one.is_no or one.is_lapsed]
    return {
        "agreed": [one for one in asked if one.is_given],
        "lapsed": [one for one in asked if one.is_lapsed],
        "refused": [one for one in asked if one.is_no],
        "unanswered": [one for one in asked if one not in answered],
        "without_asking": [one for one in standings if not one.is_asked],
    }


def what_stops(customer: UUID, standings: Iterable[Standing]) -> list[str]:
    """What ends at once when these are withdrawn, in the words of the rooms above."""
    told: list[str] = []
    for standing in standings:
        purpose = standing.version.purpose
        for _receiver, sentences in withdrawal_previewed.send(sender=Standing, customer=customer, purpose=purpose):
            told += sentences or []
    return told


def saved(standing: Standing) -> dict[str, str]:
    """Title and sentence for what stands after an act."""
    name = {"name": standing.version.name}
    if standing.is_given:
        return {"title": _("You agreed"), "text": _("%(name)s: you agreed. You can withdraw at any time.") % name}
    if standing.status == Status.WITHDRAWN:
        text = _("%(name)s: we stop now. Access that rested on this consent has ended too.") % name
        return {"title": _("You withdrew consent"), "text": text}
    if standing.status == Status.DEFERRED:
        text = _("%(name)s: nothing was decided, so we do not do it. You can answer whenever you like.") % name
        return {"title": _("Not now"), "text": text}
    if standing.is_no:
        return {"title": _("You said no"), "text": _("%(name)s: you did not agree, so we do not do it.") % name}
    return {"title": _("No consent stands"), "text": _("%(name)s: you have not agreed, so we do not do it.") % name}


def events(entries: Iterable[Entry], lapse: Lapse | None) -> list[dict[str, Any]]:
    """Newest first, as components/timeline.html takes them; a lapse that no job has put on record yet among them."""
    told = [event(entry) for entry in reversed(list(entries))]
    if lapse:
        told.insert(0, {"at": lapse.at, "text": happened(lapse.status, {"method": lapse.method}, False)})
    return told


def event(entry: Entry) -> dict[str, Any]:
    facts = entry.facts
    ended_at = facts.get("ended_at")
    at = datetime.fromisoformat(ended_at) if ended_at else entry.occurred_at
    return {"at": at, "text": sentence(entry, facts), "entry": entry}


def sentence(entry: Entry, facts: dict[str, Any]) -> str:
    """One event in one or two sentences: what happened, by what means, until when."""
    parts = [happened(Status(entry.outcome), facts, entry.actor_kind == "representative")]
    if facts.get("valid_until") and entry.outcome in (Status.GIVEN, Status.RENEWED):
        parts.append(_("Until %(day)s at most.") % {"day": day(facts["valid_until"])})
    if facts.get("rests_until"):
        parts.append(_("We do not ask again before %(day)s.") % {"day": day(facts["rests_until"])})
    return " ".join(parts)


def happened(status: Status, facts: dict[str, Any], by_other: bool) -> str:
    number = {"number": facts.get("version", "")}
    method = facts.get("method", BUTTON)
    if status in (Status.REFUSED, Status.WITHDRAWN) and method == SIGNAL:
        return _("Your browser asked us not to sell or share your data. Opt-out request honored.")
    if status in (Status.REFUSED, Status.WITHDRAWN) and method == OPT_OUT_PAGE:
        return _("You asked us not to sell or share your data. Opt-out request honored.")
    if status == Status.REVOKED and method == TEXT_CHANGED:
        return _("The text changed so much that your consent stopped counting.")
    words = BY_OTHER if by_other else BY_CUSTOMER
    return str(words.get(status) or ENDED[status]) % number


def day(moment: str) -> str:
    return date_format(timezone.localtime(datetime.fromisoformat(moment)), pgettext("date format", "j F Y"))
