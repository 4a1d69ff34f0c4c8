"""A request as a list to go through: what is done, by whom and when, and what comes next. Decides nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from consents.ledger.models import Entry
from consents.people.models import StaffMember
from consents.rights import recipients
from consents.rights.models import Download, RightsRequest
from consents.rights.rules.answers import CORRECTIONS, ERASURES, Outcome, Waiting
from consents.rights.rules.collecting import Way
from consents.rights.rules.kinds import Level, Type
from consents.rights.selectors import is_copied, there, way_of, working_code
from consents.rights.services.correcting import proposals
from consents.rights.services.erasing import is_proposed
from consents.rights.services.recording import kind
from consents.rights.staff_words import PASSED_ON
from consents.vault import selectors as parts_of

PROPOSING = gettext_lazy("One officer proposes, all or a part; another erases: that answers it.")
WAITS = {
    Waiting.IDENTITY: gettext_lazy("The clock waits for the customer, to be sure who asks."),
    Waiting.SCOPE: gettext_lazy("The clock waits for the customer, to know what they want."),
}
NOTHING_DONE = frozenset({Outcome.DENIED, Outcome.WITHDRAWN, Outcome.NO_DATA})


@dataclass(frozen=True)
class Item:
    """`text`: what was found or decided. `is_next`: this is what to do now."""

    title: str
    is_done: bool
    text: str = ""
    who: str = ""
    at: datetime | None = None
    is_next: bool = False


def checklist(row: RightsRequest, entries: list[Entry]) -> list[Item]:
    told = {entry.event.removeprefix("rights_request."): entry for entry in entries}
    names = names_of(entries)
    found = [arrived(row, told, names), identity(row, told, names)]
    if kind(row).searches:
        found.append(searched(row, told, names))
    found += fulfilled(row, told, names)
    found += [answered(row, told, names), sent(row), *passed_on(row, told, names)]
    first = next((place for place, item in enumerate(found) if not item.is_done), None)
    return [item if place != first else as_next(item) for place, item in enumerate(found)]


def as_next(item: Item) -> Item:
    return Item(item.title, item.is_done, item.text, item.who, item.at, is_next=True)


def names_of(entries: Iterable[Entry]) -> dict[str, str]:
    staff = {UUID(entry.actor) for entry in entries if entry.actor_kind == "staff" and entry.actor}
    return {str(member.pk): str(member) for member in StaffMember.objects.filter(pk__in=staff).select_related("user")}


def done(title: str, text: str, entry: Entry | None, names: dict[str, str], *, is_done: bool) -> Item:
    if entry is None:
        return Item(title, is_done, text)
    who = names.get(entry.actor) or {"customer": _("the customer"), "portal": _("the portal")}.get(entry.actor_kind, "")
    return Item(title, is_done, text, who, entry.occurred_at)


def arrived(row: RightsRequest, told: dict[str, Entry], names: dict[str, str]) -> Item:
    title = _("Told that it arrived")
    return (
        done(title, "", told.get("acknowledged", told.get("filed")), names, is_done=row.acknowledged_at is not None)
        if row.acknowledged_at or not row.is_answered
        else Item(title, True, _("Answered before"))
    )


def identity(row: RightsRequest, told: dict[str, Entry], names: dict[str, str]) -> Item:
    title = _("Who asks")
    if row.identity_needed == Level.NOT_REQUIRED:
        text = _("Not asked for this right") if row.customer_id else _("Not asked, but whose it is is not known yet")
        return done(title, text, told.get("matched"), names, is_done=row.customer_id is not None or row.is_answered)
    if row.verified_at:
        text = capfirst(str(Level(row.verification_level).label))
        return done(title, text, told.get("identity_confirmed", told.get("filed")), names, is_done=True)
    needs = _("To be known: %(level)s") % {"level": Level(row.identity_needed).label}
    text = _("Could not be confirmed") if row.verification_level == Level.FAILED else needs
    return done(title, text, told.get("identity_failed"), names, is_done=row.is_answered)


def searched(row: RightsRequest, told: dict[str, Entry], names: dict[str, str]) -> Item:
    found, nothing = _("%(system)s: found"), _("%(system)s: nothing")
    searches = row.searches.order_by("id")
    lines = [(found if one.found else nothing) % {"system": one.system} for one in searches]
    text = "; ".join(lines)
    return done(_("Systems searched"), text, told.get("system_searched"), names, is_done=bool(lines) or row.is_answered)


def fulfilled(row: RightsRequest, told: dict[str, Entry], names: dict[str, str]) -> list[Item]:
    """What a right of this kind needs besides."""
    if row.request_type in CORRECTIONS:
        asked, decided = len(proposals(row)), row.corrections.count()
        text = ngettext("%(n)d of %(of)d value decided", "%(n)d of %(of)d values decided", asked) % {
            "n": decided,
            "of": asked,
        }
        entry = told.get("value_decided")
        return [done(_("Proposed values looked at"), text, entry, names, is_done=decided >= asked or row.is_answered)]
    if row.request_type in ERASURES:
        waits = is_proposed(row) or parts_of.proposed_for(row.pk) is not None
        entry = told.get("erasure_proposed") if waits or row.is_answered else None
        text = "" if waits or row.is_answered else str(PROPOSING)
        return [done(_("Erasure proposed"), text, entry, names, is_done=waits or row.is_answered)]
    return []


def answered(row: RightsRequest, told: dict[str, Entry], names: dict[str, str]) -> Item:
    if row.is_answered:
        text = capfirst(str(Outcome(row.outcome).label))
        entry = told.get("answered", told.get("withdrawn", told.get("filed")))
        return done(_("Answer, with what is exempt"), text, entry, names, is_done=True)
    if row.waiting_since:
        return Item(_("Answer, with what is exempt"), False, str(WAITS[Waiting(row.waiting_for)]))
    if parts_of.proposed_for(row.pk):
        return Item(_("Answer, with what is exempt"), False, _("Another officer erases it here: that answers it."))
    if is_proposed(row):
        return Item(
            _("Answer, with what is exempt"), False, _("Another officer erases, under Erasures: that answers it.")
        )
    return Item(_("Answer, with what is exempt"), False)


def sent(row: RightsRequest) -> Item:
    title = _("Sent")
    if not row.is_answered or row.outcome == Outcome.WITHDRAWN:
        return Item(title, row.is_answered)
    if not is_copied(row):
        return Item(title, True, capfirst(str(row.get_response_format_display())), at=row.responded_at)
    taken = Download.objects.filter(package__request=row).order_by("taken_at").first()
    if taken:
        with_code = _("Downloaded with the code, without an account")
        return Item(title, True, with_code if taken.code_id else _("Downloaded by the customer"), at=taken.taken_at)
    package = there(row)
    if package:
        return Item(title, False, how_to_collect(row), at=package.made_at)
    return Item(title, False, _("Being made, or its two weeks are over"))


def how_to_collect(row: RightsRequest) -> str:
    """What is to be done so that they get it."""
    code, way = working_code(row), way_of(row)
    if code and not (code.way == Way.MAILED and way == Way.HANDED):  # the mail did not arrive
        made = {
            Way.MAILED: _("A code was mailed to the address on file. With it they download it, without an account."),
            Way.HANDED: _("A code was given out. With it they download it, without an account."),
        }
        return made[Way(code.way)]
    return {
        Way.ACCOUNT: _("Ready for the customer to download"),
        Way.MAILED: _("Mail a new code: the last one works no more."),
        Way.HANDED: _("No mail leads to them: another officer than who confirmed the identity gives out a code."),
    }[way]


def passed_on(row: RightsRequest, told: dict[str, Entry], names: dict[str, str]) -> list[Item]:
    """What was done is told to everybody who has the data, or it is noted why not."""
    if Type(row.request_type) not in PASSED_ON or row.outcome in NOTHING_DONE:
        return []
    noted, entry = {one.recipient.name for one in recipients.noted(row)}, told.get("recipient_told")
    others = recipients.may_have_it(row) - noted
    is_done = bool(noted) or not others
    return [done(_("Those told who have the data"), who_has_it(noted, others), entry, names, is_done=is_done)]


def who_has_it(noted: set[str], others: set[str]) -> str:
    lines = [(_("Noted: %(names)s."), noted), (_("May have such data: %(names)s."), others)]
    said = [line % {"names": ", ".join(sorted(some))} for line, some in lines if some]
    return " ".join(said) or _("Nobody outside the company gets such data.")
