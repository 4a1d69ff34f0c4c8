"""A request as a list to go through: what is done, by whom and when, and what comes next. Decides nothing."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from consents.core import clock
from consents.core.durations import format_day
from consents.law.identity import Level
from consents.ledger.models import Entry
from consents.people.staff.timelines import find_staff_actors
from consents.rights import recipients
from consents.rights.fulfilment.erasure import (
    describe_hold,
    find_hold,
    find_outcome,
    find_proposed_part,
    has_proposed_erasure,
    has_undecided_values,
)
from consents.rights.fulfilment.protocol import get_step_state
from consents.rights.fulfilment.registry import get_fulfilment
from consents.rights.models import AnswerDispatch, RecipientNotice, RightsRequest
from consents.rights.recipients import is_identity_open
from consents.rights.rules import Format, Outcome, State, StepState, Waiting
from consents.rights.selectors import must_be_sent
from consents.rights.services.recording import get_request_kind
from consents.rights.services.sharing import count_agreed_holders
from consents.rights.staff.words import describe_queue_status

# Tell when each act of an officer on a rights request is possible.


def is_open(rights_request: RightsRequest) -> bool:
    return rights_request.state != State.ANSWERED


def is_running(rights_request: RightsRequest) -> bool:
    return is_open(rights_request) and rights_request.waiting_since is None


def needs_identity(rights_request: RightsRequest) -> bool:
    return is_open(rights_request) and is_identity_open(rights_request)


def can_extend(rights_request: RightsRequest) -> bool:
    return (
        is_running(rights_request)
        and get_request_kind(rights_request).extended is not None
        and rights_request.extended_to is None
        and rights_request.register.due_at >= clock.now()
    )


def can_ask(rights_request: RightsRequest) -> bool:
    return is_running(rights_request) and not rights_request.has_erased_customer


def has_open_question(rights_request: RightsRequest) -> bool:
    return is_open(rights_request) and rights_request.clarification_set.filter(reply=None).exists()


def is_answerable(rights_request: RightsRequest) -> bool:
    """Return True if it is known who asks, where that is needed, and where their data lies. Whom nobody needs to know
    may turn out to be nobody whose data we hold."""
    is_searched = not get_request_kind(rights_request).searches or rights_request.search_set.exists()
    return is_running(rights_request) and not needs_identity(rights_request) and is_searched


def can_refuse(rights_request: RightsRequest) -> bool:
    return is_running(rights_request) and bool(
        get_fulfilment(rights_request).list_reasons(rights_request, is_whole=True)
    )


def can_propose_erasure(rights_request: RightsRequest) -> bool:
    """Return False once proposed: then it is another officer's turn."""
    is_known = (
        get_fulfilment(rights_request).is_erasure
        and rights_request.verified_at is not None
        and not rights_request.scope
    )
    is_new = is_known and is_running(rights_request) and not has_proposed_erasure(rights_request)
    return is_new and not is_erasure_on_hold(rights_request)


def can_propose_part(rights_request: RightsRequest) -> bool:
    is_known = get_fulfilment(rights_request).is_erasure and rights_request.verified_at is not None
    is_new = is_known and is_running(rights_request) and find_proposed_part(rights_request) is None
    return is_new and not is_erasure_on_hold(rights_request)


def has_proposed_part(rights_request: RightsRequest) -> bool:
    return is_running(rights_request) and find_proposed_part(rights_request) is not None


def can_erase_part(rights_request: RightsRequest) -> bool:
    """Return False under a hold placed after the proposal, which can still be cancelled."""
    return has_proposed_part(rights_request) and not is_erasure_on_hold(rights_request)


# Erasing the whole customer, or a part: a colleague erases what one officer proposed.
PROPOSALS = ("propose_erasure", "propose_part")


def is_erasure_proposed(rights_request: RightsRequest) -> bool:
    """Tell whether erasing a part or the whole customer waits for a second officer."""
    return find_proposed_part(rights_request) is not None or has_proposed_erasure(rights_request)


def is_erasure_on_hold(rights_request: RightsRequest) -> bool:
    return get_fulfilment(rights_request).is_erasure and find_hold(rights_request) is not None


def is_for_colleagues(act: str, rights_request: RightsRequest, request: HttpRequest) -> bool:
    """Tell whether another officer must do it: delete what this one proposed, which they may only cancel, or decide
    about the answer that this one gave. The service refuses all the same."""
    if act == "decide_appeal":
        return rights_request.handler_id == request.user.pk
    proposed = find_proposed_part(rights_request) if act == "erase_part" else None
    return proposed is not None and proposed.proposed_by_id == request.user.pk


WAITS = {
    Waiting.IDENTITY: gettext_lazy("The clock waits for the customer, to be sure who asks."),
    Waiting.SCOPE: gettext_lazy("The clock waits for the customer, to know what they want."),
}
# By the end of the step's style class: its icon and its word.
PROGRESS = {
    "done": ("check-circle", gettext_lazy("done")),
    "next": ("arrow-right-circle", gettext_lazy("next")),
    "later": ("ellipsis-horizontal-circle", gettext_lazy("later")),
    "skipped": ("minus-circle", gettext_lazy("not needed for this answer")),
}
NOTHING_DONE = frozenset({Outcome.DENIED, Outcome.WITHDRAWN, Outcome.NO_DATA})


@dataclass(frozen=True)
class Item:
    """`text`: what was found or decided. `is_next`: this is what to do now."""

    title: str
    state: StepState
    text: str = ""
    who: str = ""
    at: datetime | None = None
    is_next: bool = False

    @property
    def progress(self) -> str:
        """Return the end of the step's style class."""
        if self.state == StepState.OPEN:
            return "next" if self.is_next else "later"
        return "done" if self.state == StepState.DONE else "skipped"

    @property
    def word(self) -> str:
        return str(PROGRESS[self.progress][1])

    @property
    def icon(self) -> str:
        return PROGRESS[self.progress][0]


def build_checklist(rights_request: RightsRequest, entries: list[Entry], delivery: Item) -> list[Item]:
    """List the steps in their order and mark the next one. `delivery`: how the answer goes out."""
    told = {entry.event.removeprefix("rights_request."): entry for entry in entries}
    names = {actor: str(member) for actor, member in find_staff_actors(entries).items()}
    items = [build_arrival_item(rights_request, told, names), build_identity_item(rights_request, told, names)]
    items += list_holder_items(rights_request)
    if get_request_kind(rights_request).searches:
        items.append(build_search_item(rights_request, told, names))
    for step in get_fulfilment(rights_request).list_progress(rights_request):
        items.append(build_item(step.title, step.text, step.state, told.get(step.event or ""), names))
    items += [build_answer_item(rights_request, told, names), delivery, *list_notice_items(rights_request)]
    first = next((place for place, item in enumerate(items) if item.state == StepState.OPEN), None)
    return [item if place != first else replace(item, is_next=True) for place, item in enumerate(items)]


def build_item(title: str, text: str, state: StepState, entry: Entry | None, names: dict[str, str]) -> Item:
    """Name who took the step and when; nobody has taken one that is not done."""
    if entry is None or state != StepState.DONE:
        return Item(title, state, text)
    who = names.get(entry.actor) or {"customer": _("the customer"), "portal": _("the portal")}.get(entry.actor_kind, "")
    return Item(title, state, text, who, entry.occurred_at)


def build_arrival_item(rights_request: RightsRequest, told: dict[str, Entry], names: dict[str, str]) -> Item:
    state = get_step_state(rights_request, is_done=rights_request.acknowledged_at is not None)
    text = _("Answered before") if state == StepState.NOT_NEEDED else ""
    return build_item(_("Told that it arrived"), text, state, told.get("acknowledged", told.get("filed")), names)


def build_identity_item(rights_request: RightsRequest, told: dict[str, Entry], names: dict[str, str]) -> Item:
    title = _("Who asks")
    if rights_request.identity_needed == Level.NOT_REQUIRED:
        text = (
            _("Not asked for this right")
            if rights_request.customer_id
            else _("Not asked, but whose it is is not known yet")
        )
        state = get_step_state(rights_request, is_done="matched" in told)
        if rights_request.customer_id and state == StepState.OPEN:
            state = StepState.NOT_NEEDED
        return build_item(title, text, state, told.get("matched"), names)
    if rights_request.verified_at:
        text = capfirst(str(Level(rights_request.verification_level).label))
        return build_item(title, text, StepState.DONE, told.get("identity_confirmed", told.get("filed")), names)
    needs = _("To be known: %(level)s") % {"level": Level(rights_request.identity_needed).label}
    text = _("Could not be confirmed") if rights_request.verification_level == Level.FAILED else needs
    return build_item(title, text, get_step_state(rights_request, is_done=False), None, names)


def list_holder_items(rights_request: RightsRequest) -> list[Item]:
    """Say how many of those who share the account have agreed, where all of them must before it is carried out."""
    agreed, number = count_agreed_holders(rights_request)
    if not number:
        return []
    text = ngettext("%(n)d of %(of)d holder has agreed", "%(n)d of %(of)d holders have agreed", number)
    state = get_step_state(rights_request, is_done=agreed == number)
    return [Item(_("Every holder of the account agrees"), state, text % {"n": agreed, "of": number})]


def build_search_item(rights_request: RightsRequest, told: dict[str, Entry], names: dict[str, str]) -> Item:
    found, nothing = _("%(system)s: found"), _("%(system)s: nothing")
    searches = rights_request.search_set.order_by("id")
    lines = [(found if search.found else nothing) % {"system": capfirst(search.system)} for search in searches]
    state = get_step_state(rights_request, is_done=bool(lines))
    return build_item(_("Systems searched"), "; ".join(lines), state, told.get("system_searched"), names)


def build_answer_item(rights_request: RightsRequest, told: dict[str, Entry], names: dict[str, str]) -> Item:
    title = _("Answer, with what is exempt")
    if rights_request.is_answered:
        text = capfirst(str(Outcome(rights_request.outcome).label))
        state = get_step_state(rights_request, is_done=rights_request.outcome != Outcome.WITHDRAWN)
        return build_item(title, text, state, told.get("answered", told.get("filed")), names)
    if rights_request.waiting_since:
        return Item(title, StepState.OPEN, str(WAITS[Waiting(rights_request.waiting_for)]))
    if find_proposed_part(rights_request):
        text = _("A second officer deletes it here: that answers it.")
    elif has_proposed_erasure(rights_request):
        text = _("A second officer erases, under Erasures: that answers it.")
    else:
        return Item(title, StepState.OPEN)
    return Item(title, StepState.OPEN, describe_hold(rights_request) or text)


def list_notice_items(rights_request: RightsRequest) -> list[Item]:
    """List each recipient of the data: told when and how, or why not, or still to be told of what was done."""
    if not is_to_be_passed_on(rights_request):
        return []
    notices = list(recipients.select_notices(rights_request).select_related("told_by__staff_member"))
    others = list_untold_recipients(rights_request, notices)
    if not notices and not others:
        return [Item(_("Tell those who have the data"), StepState.NOT_NEEDED, str(NOBODY_HAS_IT))]
    return [build_notice_item(notice) for notice in notices] + [
        Item(TELL % {"name": name}, StepState.OPEN, _("May have such data")) for name in sorted(others)
    ]


# The acts of the checklist, in its order.
STEPS = (
    "acknowledge",
    "match",
    "confirm_identity",
    "note_search",
    "erase_part",
    *PROPOSALS,
    "review_values",
    "answer",
    "note_answer_sent",
    "note_told",
    "decide_appeal",
)


def choose_next_step(rights_request: RightsRequest, possible: Collection[str]) -> str:
    """Return the possible act that comes first on the checklist, '' for none. A search can be noted again and again,
    but only the first one is a step; values are looked at while one is undecided, who was told is noted while somebody
    is to be told of the answer; where a request `waits_for_holders`, what they must agree to first is not next."""
    steps = [act for act in STEPS if act in possible]
    if "review_values" in steps and not has_undecided_values(rights_request):
        steps.remove("review_values")
    if "note_search" in steps and rights_request.search_set.exists():
        steps.remove("note_search")
    if getattr(rights_request, "waits_for_holders", False):
        steps = [act for act in steps if act not in ("answer", "erase_part", *PROPOSALS)]
    if steps and steps[0] in ("answer", *PROPOSALS) and is_erasure_proposed(rights_request):
        return ""  # a colleague erases, once no hold forbids it, which answers it
    if steps[:1] == ["answer"] and is_erasure_on_hold(rights_request) and find_outcome(rights_request) is None:
        return ""  # to be erased once the hold is lifted, or refused; what is erased already can be answered
    if steps[:1] == ["note_told"] and not (rights_request.is_answered and has_untold_recipients(rights_request)):
        steps.remove("note_told")
    return steps[0] if steps else ""


def is_to_be_passed_on(rights_request: RightsRequest) -> bool:
    return get_fulfilment(rights_request).is_passed_on and rights_request.outcome not in NOTHING_DONE


def list_untold_recipients(rights_request: RightsRequest, notices: Iterable[RecipientNotice]) -> set[str]:
    """List the names of recipients of the data of whom none of the notices says that, or why not, they were told."""
    return recipients.list_possible_recipients(rights_request) - {notice.recipient.name for notice in notices}


def has_untold_recipients(rights_request: RightsRequest) -> bool:
    notices = recipients.select_notices(rights_request)
    return is_to_be_passed_on(rights_request) and bool(list_untold_recipients(rights_request, notices))


TELL = gettext_lazy("Tell %(name)s")
NOBODY_HAS_IT = gettext_lazy("Nobody outside the company gets such data.")


def build_notice_item(notice: RecipientNotice) -> Item:
    state = StepState.NOT_NEEDED if notice.why_not else StepState.DONE
    who = str(notice.told_by.staff_member)
    return Item(TELL % {"name": notice.recipient.name}, state, recipients.describe_notice(notice), who, notice.told_at)


def describe_delivery(rights_request: RightsRequest) -> Item:
    """Say how the answer went out, or that an officer has yet to send it; of a copy, the room of copies says more."""
    title = _("Sent")
    if not rights_request.is_answered or rights_request.outcome == Outcome.WITHDRAWN:
        return Item(title, get_step_state(rights_request, is_done=False))
    way = capfirst(str(Format(rights_request.response_format).label))
    if not must_be_sent(rights_request):
        return Item(title, StepState.DONE, way, at=rights_request.responded_at)
    dispatch = AnswerDispatch.objects.filter(rights_request=rights_request).first()
    if dispatch is None:
        return Item(title, StepState.OPEN, _("%(way)s: send it, then note the day.") % {"way": way})
    text = _("%(way)s, on %(day)s") % {"way": way, "day": format_day(dispatch.sent_on)}
    return Item(title, StepState.DONE, text, str(dispatch.sent_by.staff_member), dispatch.noted_at)


def describe_record_status(rights_request: RightsRequest, now: datetime) -> tuple[str, str] | None:
    """Return tone and word for the request's own page; None where the tag beside says it already."""
    status = describe_queue_status(rights_request, now)
    return None if status == ("stop", _("Late")) or rights_request.outcome == Outcome.WITHDRAWN else status
