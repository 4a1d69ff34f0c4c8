"""The table of all acts of an officer on a request, with the service that does each."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.choices.services import marking
from consents.law.identity import Level
from consents.ledger.rules import Actor
from consents.people.models import StaffMember
from consents.rights.customers import presenting
from consents.rights.fulfilment.registry import get_fulfilment
from consents.rights.models import RightsRequest
from consents.rights.recipients import list_possible_recipients
from consents.rights.rules import GRANTED, Appealed, Channel, Reply
from consents.rights.selectors import has_officer, must_be_sent
from consents.rights.services import answering, clarifying, erasing, handling, requester_actions, waiting
from consents.rights.services.immediate_effects import list_liftable
from consents.rights.services.recording import get_request_kind
from consents.rights.staff import answer_forms, bulk, checklist, forms, questions
from consents.rights.staff.notes import BESIDE_NOTES
from consents.rights.staff.officer_act import OfficerAct


def lead_to_recipients(rights_request: RightsRequest) -> str:
    """Lead on to those who may have the data and must be told of the answer."""
    if not get_fulfilment(rights_request).is_passed_on or not list_possible_recipients(rights_request):
        return ""
    return "note_told" if RightsRequest.objects.get(pk=rights_request.pk).outcome in GRANTED else ""


def answer_request(
    *,
    rights_request: UUID,
    officer: StaffMember,
    by: Actor,
    granted: Collection[str] = (),
    fee: Decimal | None = None,
    **said: Any,
) -> object:
    reply = Reply(granted=tuple(granted), fee=fee or Decimal(0), **said)
    return answering.answer_rights_request(rights_request=rights_request, reply=reply, officer=officer, by=by)


def submit_partial_erasure(
    *, rights_request: UUID, kept: Collection[str], law: str, officer: StaffMember, by: Actor, **_as_read: Any
) -> object:
    return erasing.propose_partial_erasure(rights_request=rights_request, kept=kept, law=law, officer=officer, by=by)


def list_marks(rights_request: RightsRequest, *, announced: bool) -> list[Any]:
    return [mark for mark in list_liftable(rights_request) if (mark.lift_announced_at is not None) == announced]


def announce_lifts(*, rights_request: UUID, by: Actor, **_officer: StaffMember) -> object:
    marks = list_marks(RightsRequest.objects.get(pk=rights_request), announced=False)
    return [marking.announce_mark_lift(mark=mark.pk, by=by) for mark in marks]


def lift_marks(*, rights_request: UUID, by: Actor, **_officer: StaffMember) -> object:
    marks = list_marks(RightsRequest.objects.get(pk=rights_request), announced=True)
    return [marking.lift_mark(mark=mark.pk, by=by) for mark in marks]


ANSWERED_UNREACHED = gettext_lazy("Answered. No email reaches this person.")

ACTS = [
    OfficerAct(
        "take",
        gettext_lazy("Take it"),
        gettext_lazy("Take these requests?"),
        gettext_lazy("It is yours now."),
        lambda rights_request: checklist.is_open(rights_request) and not has_officer(rights_request),
        handling.take_rights_request,
        effects=lambda rights_request: [_("You work on them. What a colleague has taken meanwhile stays theirs.")],
        asks=False,
    ),
    OfficerAct(
        "hand_over",
        gettext_lazy("Hand over"),
        gettext_lazy("Who works on it from now on?"),
        gettext_lazy("Handed over."),
        checklist.is_open,
        handling.hand_over_rights_request,
        form=forms.HandOverForm,
    ),
    OfficerAct(
        "acknowledge",
        gettext_lazy("Confirm that it arrived"),
        gettext_lazy("Was the person told that it arrived?"),
        gettext_lazy("On record: they were told."),
        lambda rights_request: checklist.is_open(rights_request) and rights_request.acknowledged_at is None,
        handling.record_acknowledgement,
        effects=lambda rights_request: [_("You have told them what happens next and when to expect the answer.")],
    ),
    OfficerAct(
        "compare_facts",
        gettext_lazy("Compare what they say"),
        gettext_lazy("What did they say of themselves?"),
        gettext_lazy("Compared, and on record."),
        lambda rights_request: (
            checklist.needs_identity(rights_request)
            and rights_request.customer_id is not None
            and rights_request.channel != Channel.PORTAL
        ),
        answering.compare_facts,
        form=forms.CompareForm,
        effects=answer_forms.describe_comparison,
        tells=answer_forms.describe_compared_facts,
        is_work=True,
    ),
    OfficerAct(
        "confirm_identity",
        gettext_lazy("Confirm identity"),
        gettext_lazy("How is it known who asks?"),
        gettext_lazy("On record: it is known who asks."),
        checklist.needs_identity,
        handling.confirm_identity,
        form=forms.IdentityForm,
        effects=answer_forms.describe_identity_check,
        starts=lambda rights_request: _("Confirm identity and pause the use"),
        is_work=True,
    ),
    OfficerAct(
        "fail_identity",
        gettext_lazy("Identity not confirmed"),
        gettext_lazy("Could it not be confirmed who asks?"),
        gettext_lazy("On record: not confirmed. A later check may still succeed."),
        lambda rights_request: (
            checklist.needs_identity(rights_request) and rights_request.verification_level != Level.FAILED
        ),
        handling.fail_identity,
        form=forms.FailedIdentityForm,
        effects=lambda rights_request: [
            _("Nothing about anybody’s data is said to this person unless a later check succeeds.")
        ],
        is_work=True,
    ),
    OfficerAct(
        "match",
        gettext_lazy("Match to a customer"),
        gettext_lazy("Which customer made this request?"),
        gettext_lazy("Matched to the customer."),
        lambda rights_request: (
            checklist.is_open(rights_request)
            and rights_request.customer_id is None
            and rights_request.identity_needed == Level.NOT_REQUIRED
        ),
        handling.match_to_customer,
        form=forms.WhoseForm,
        effects=answer_forms.describe_effect_at_once,
        starts=answer_forms.get_match_button,
        is_work=True,
    ),
    OfficerAct(
        "note_search",
        gettext_lazy("Note a search"),
        gettext_lazy("Which system was searched?"),
        gettext_lazy("The search is on record."),
        lambda rights_request: checklist.is_open(rights_request) and get_request_kind(rights_request).searches,
        handling.record_search,
        form=forms.SearchForm,
        is_work=True,
    ),
    OfficerAct(
        "extend",
        gettext_lazy("Extend"),
        gettext_lazy("Do you need longer?"),
        gettext_lazy("Extended, and the customer is told."),
        checklist.can_extend,
        handling.extend_deadline,
        form=forms.ExtendForm,
        effects=answer_forms.describe_extension,
        is_work=True,
    ),
    OfficerAct(
        "ask",
        gettext_lazy("Ask the customer"),
        gettext_lazy("What do you ask the customer?"),
        gettext_lazy("The question is sent. The reply will stand under “Read the messages”."),
        checklist.can_ask,
        clarifying.ask_customer,
        form=questions.AskForm,
        effects=answer_forms.describe_question,
        is_work=True,
    ),
    OfficerAct(
        "resume",
        gettext_lazy("Record the reply"),
        gettext_lazy("Has the customer answered?"),
        gettext_lazy("The reply is on record."),
        checklist.has_open_question,
        clarifying.record_typed_reply,
        form=questions.ReplyNotedForm,
        effects=lambda rights_request: [
            _("If the clock waited for it, the day to answer moves by the whole days that we waited.")
        ],
        is_work=True,
    ),
    OfficerAct(
        "stop_waiting",
        gettext_lazy("Stop waiting"),
        gettext_lazy("Stop waiting for the customer?"),
        gettext_lazy("The clock goes on."),
        lambda rights_request: checklist.is_open(rights_request) and rights_request.waiting_since is not None,
        waiting.stop_waiting,
        effects=lambda rights_request: [
            _("The day to answer moves by the whole days that we waited. From now on time runs again."),
            _("Then answer with what you know, or refuse it: if nobody knows who asks, for that reason."),
        ],
        is_work=True,
    ),
    OfficerAct(
        "propose_erasure",
        gettext_lazy("Propose the erasure"),
        gettext_lazy("Propose to erase this customer?"),
        gettext_lazy("Proposed. Another officer looks at it under Erasures."),
        checklist.can_propose_erasure,
        erasing.propose_erasure,
        effects=lambda rights_request: [
            _("Another officer looks at it and erases. That answers this request."),
            _(
                "Everything is permanently deleted, unless a legal hold prevents it. The customer’s last email says "
                "what stays on record."
            ),
        ],
    ),
    OfficerAct(
        "propose_part",
        gettext_lazy("Propose to delete kinds of data"),
        gettext_lazy("What is deleted, and what must be kept?"),
        gettext_lazy("Proposed. Another officer looks at it here and deletes."),
        checklist.can_propose_part,
        submit_partial_erasure,
        form=forms.PartForm,
        effects=lambda rights_request: [_("Another officer looks at it and deletes. That answers this request.")],
        is_read_first=True,
    ),
    OfficerAct(
        "erase_part",
        gettext_lazy("Delete permanently"),
        gettext_lazy("Permanently delete these kinds of data?"),
        gettext_lazy("Deleted, and the customer is told."),
        checklist.can_erase_part,
        erasing.confirm_partial_erasure,
        form=forms.ErasePartForm,
        effects=answer_forms.describe_partial_erasure,
        basis=bulk.list_decision_facts,
    ),
    OfficerAct(
        "cancel_part",
        gettext_lazy("Cancel the proposal"),
        gettext_lazy("Cancel this proposal?"),
        gettext_lazy("The proposal has been cancelled."),
        checklist.has_proposed_part,
        erasing.cancel_partial_erasure,
        effects=lambda rights_request: [_("Nothing is deleted. It can be proposed again.")],
    ),
    OfficerAct(
        "answer",
        gettext_lazy("Answer"),
        gettext_lazy("Answer this request"),
        gettext_lazy("Answered, and the customer is told."),
        checklist.is_answerable,
        answer_request,
        form=answer_forms.AnswerForm,
        effects=answer_forms.describe_answering,
        is_read_first=True,
        leads_to=lead_to_recipients,
        unreached=ANSWERED_UNREACHED,
        is_work=True,
    ),
    OfficerAct(
        "refuse",
        gettext_lazy("Refuse"),
        gettext_lazy("Refuse this request"),
        gettext_lazy("Refused, and the customer is told why and what they can do."),
        checklist.can_refuse,
        answer_request,
        form=answer_forms.RefuseForm,
        is_read_first=True,
        unreached=ANSWERED_UNREACHED,
        is_work=True,
    ),
    OfficerAct(
        "announce_lift",
        gettext_lazy("Announce the end of the pause"),
        gettext_lazy("Tell the customer that the pause ends?"),
        gettext_lazy("The customer is told. Lift it when they have had time to answer."),
        lambda rights_request: (
            not checklist.is_open(rights_request) and bool(list_marks(rights_request, announced=False))
        ),
        announce_lifts,
        effects=lambda rights_request: [
            _("Nothing is used yet. The law asks that they are told before (GDPR Art 18(3)).")
        ],
        unreached=gettext_lazy("On record. No email reaches them: tell them before you lift it."),
    ),
    OfficerAct(
        "lift",
        gettext_lazy("Lift the pause"),
        gettext_lazy("May the data be used again?"),
        gettext_lazy("The pause is lifted."),
        lambda rights_request: (
            not checklist.is_open(rights_request) and bool(list_marks(rights_request, announced=True))
        ),
        lift_marks,
        effects=lambda rights_request: [
            _("What the customer allows and what the law allows without asking counts again.")
        ],
    ),
    OfficerAct(
        "note_withdrawal",
        gettext_lazy("Record a withdrawal"),
        gettext_lazy("Did they withdraw the request?"),
        gettext_lazy("The withdrawal is on record. The request is closed."),
        checklist.is_open,
        requester_actions.record_typed_withdrawal,
        form=forms.TheirWordForm,
        effects=answer_forms.describe_withdrawal,
        is_work=True,
    ),
    OfficerAct(
        "note_appeal",
        gettext_lazy("Record an appeal"),
        gettext_lazy("Did they appeal the answer?"),
        gettext_lazy("The appeal is on record. Another officer decides it."),
        presenting.can_appeal,
        requester_actions.record_typed_appeal,
        form=forms.TheirAppealForm,
        effects=lambda rights_request: [_("Time for it runs from the day they asked. They can ask once.")],
    ),
    OfficerAct(
        "decide_appeal",
        gettext_lazy("Decide"),
        gettext_lazy("Look at the answer again"),
        gettext_lazy("Decided, and the customer is told."),
        lambda rights_request: rights_request.appeal_outcome == Appealed.PENDING,
        answering.decide_appeal,
        form=forms.DecideAppealForm,
        effects=answer_forms.describe_appeal_decision,
        unreached=gettext_lazy("Decided. No email reaches them: tell them what you decided and why."),
    ),
    OfficerAct(
        "note_answer_sent",
        gettext_lazy("Note that it was sent"),
        gettext_lazy("When did the answer go out?"),
        gettext_lazy("On record: the answer was sent."),
        lambda rights_request: must_be_sent(rights_request) and not hasattr(rights_request, "answerdispatch"),
        answering.record_answer_sent,
        form=forms.SentForm,
        effects=lambda rights_request: [
            _("The portal’s email says only that there is an answer. Send what you wrote or say it, then note it.")
        ],
    ),
    OfficerAct(
        "note_told",
        gettext_lazy("Note who was told"),
        gettext_lazy("Which recipients were told?"),
        gettext_lazy("On record."),
        lambda rights_request: rights_request.customer_id is not None and get_fulfilment(rights_request).is_passed_on,
        handling.record_recipient_notices,
        form=forms.ToldForm,
        letter=answer_forms.build_notice_letter,
    ),
]


# Every other act is a step, and so are those of rooms above.
ACT_GROUPS = (
    (gettext_lazy("Answer"), ("answer", "refuse", "decide_appeal")),
    (
        gettext_lazy("With the customer"),
        ("read_words", "ask", "resume", "stop_waiting", "extend", "note_withdrawal", "note_appeal"),
    ),
    (gettext_lazy("Colleagues"), ("take", "hand_over")),
)
NO_STEPS = {name for _title, names in ACT_GROUPS for name in names} | {*BESIDE_NOTES}


def group_possible_acts(possible: Collection[str], next_act: str) -> list[tuple[Any, list[str]]]:
    """Return each heading with the acts beneath it that are possible, without the next one, which stands above all."""
    offered = [name for name in possible if name != next_act]
    steps = gettext_lazy("Steps"), [name for name in offered if name not in NO_STEPS]
    others = [(title, [name for name in names if name in offered]) for title, names in ACT_GROUPS]
    return [(title, names) for title, names in (steps, *others) if names]
