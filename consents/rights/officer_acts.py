"""The acts of an officer on a request: when each is possible, what it asks and says first, which service it calls."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.choices import services as choices
from consents.choices.selectors import marks_of_request
from consents.core.refusals import Refusal
from consents.ledger.rules import Actor
from consents.people import services as people
from consents.people.models import StaffMember
from consents.rights import officer_forms as forms
from consents.rights import presenting, recipients, services, staff_words
from consents.rights.models import RightsRequest, Told
from consents.rights.rules.answers import (
    APPEALABLE,
    ERASURES,
    Appealed,
    Channel,
    Extension,
    Fact,
    Format,
    Outcome,
    Reason,
    State,
    Waiting,
)
from consents.rights.rules.clocks import end_of
from consents.rights.rules.collecting import Way
from consents.rights.rules.kinds import Level, Regime, Type
from consents.rights.rules.terms import extended_of
from consents.rights.selectors import is_copied, may_be_handed, there, way_of, working_code
from consents.rights.services import Reply
from consents.rights.services.answering import reasons_of
from consents.rights.services.at_once import marks_to_lift
from consents.rights.services.erasing import is_proposed
from consents.rights.services.recording import kind, received_on, zone
from consents.rights.services.telling import is_reachable
from consents.vault import selectors as parts_of


class NoSuchCustomer(Refusal):
    status = 422
    sentence = gettext_lazy("No single customer has exactly this number or address. Check it, or use the number.")


@dataclass(frozen=True)
class Doing:
    """One press: on which request, what was said with it, by whom; `customer` whose number or address was typed."""

    row: RightsRequest
    said: dict[str, Any]
    officer: StaffMember
    by: Actor
    customer: UUID | None = None

    @property
    def about(self) -> dict[str, Any]:
        return {"request": self.row.pk, "officer": self.officer, "by": self.by}


def nothing(row: RightsRequest) -> list[str]:
    return []


@dataclass(frozen=True)
class Act:
    """`effects`: what will happen, in sentences, before the button is pressed. `is_read_first`: the officer sees it as
    the customer will."""

    name: str
    label: Any
    title: Any
    done: Any
    is_possible: Callable[[RightsRequest], bool]
    do: Callable[[Doing], object]
    form: type[forms.ActForm] | None = None
    effects: Callable[[RightsRequest], list[str]] = nothing
    is_read_first: bool = False


def is_open(row: RightsRequest) -> bool:
    return row.state != State.ANSWERED


def runs(row: RightsRequest) -> bool:
    return is_open(row) and row.waiting_since is None


def needs_identity(row: RightsRequest) -> bool:
    return is_open(row) and row.identity_needed != Level.NOT_REQUIRED and row.verified_at is None


def found(said: dict[str, Any], by: Actor) -> UUID | None:
    """The customer whose number or address was typed, None where nobody asked. Before the act and apart from it: the
    look-up stays on record, and counts, when the act is refused. Raises NoSuchCustomer, TooManyLookUps."""
    if "who" not in said:
        return None
    customer = people.look_up(text=said["who"], by=by)
    if customer is None:
        raise NoSuchCustomer
    return customer.pk


def confirm_identity(doing: Doing) -> object:
    facts = [Fact(fact) for fact in doing.said["facts"]]
    level = Level(doing.said.get("level") or doing.row.identity_needed)
    about = doing.about | {"customer": doing.customer, "answered_on": doing.said.get("answered_on")}
    return services.confirm_identity(level=level, facts=facts, **about)


def match(doing: Doing) -> object:
    assert doing.customer
    return services.match(customer=doing.customer, **doing.about)


def level_in_words(row: RightsRequest) -> list[str]:
    needed = _("This right asks for: %(level)s.") % {"level": Level(row.identity_needed).label}
    return [needed, _("Compare with what we hold already. Ask for a copy of a document only if nothing else does.")]


def longer_in_words(row: RightsRequest) -> list[str]:
    about = {"first": staff_words.as_words(row.due_at)}
    law = extended_of(
        Regime(row.regime), kind(row), received_on(row), home=settings.PORTAL_COUNTRY, waited=row.waited_days
    )
    if law is None:
        return []
    about["new"] = staff_words.as_words(end_of(law.on, zone()))
    return [
        _("The day to answer moves from %(first)s to %(new)s, counted from the day it arrived.") % about,
        *telling_in_words(row),
        _("It can be done once."),
    ]


def telling_in_words(row: RightsRequest) -> list[str]:
    """That they are told or, where no mail arrives, what an officer tells them."""
    if is_reachable(row):
        return [_("The customer is told the new day and the reason now.")]
    return [
        _("No mail reaches this person. Tell them the new day, the reason and how to complain before you go on."),
        presenting.complaints(row),
        *(one.in_words for one in presenting.law_by(row).authorities),
    ]


def can_be_longer(row: RightsRequest) -> bool:
    return (
        runs(row) and kind(row).extended is not None and row.extended_to is None and not staff_words.is_past(row.due_at)
    )


def can_wait(row: RightsRequest) -> bool:
    return runs(row) and kind(row).pauses and not staff_words.is_past(row.answer_by)


def reply(doing: Doing) -> object:
    said = doing.said
    reason = Reason(said["reason"]) if said["reason"] else None
    content = Reply(Outcome(said["outcome"]), Format(said["format"]), said["text"], reason, said["law"])
    content = replace(content, told_on=said.get("told_on"), granted=tuple(said.get("granted", ())))
    if said.get("fee"):
        about = {"currency": said["currency"], "fee_reason": Reason(said["fee_reason"])}
        content = replace(content, fee=said["fee"], **about)
    return services.answer(reply=content, **doing.about)


def as_read(row: RightsRequest, said: dict[str, Any]) -> dict[str, Any]:
    """The answer as its customer will read it: the same words, from a copy that is never saved."""
    answered = copy(row)
    answered.state, answered.outcome = State.ANSWERED, said["outcome"]
    answered.denial_reason, answered.denial_legal_basis = said["reason"], said["law"]
    answered.granted = said.get("granted", [])
    answered.fee_amount, answered.fee_currency = said.get("fee") or 0, said.get("currency", "")
    answered.fee_reason = said.get("fee_reason", "")
    parts = said.get("parts", {})
    return presenting.answer_of(answered) | {
        "text": said["text"],
        **{name: presenting.titles_of(codes) for name, codes in parts.items()},
    }


def is_answerable(row: RightsRequest) -> bool:
    """It is known who asks, where that is needed, and where their data lies. Whom nobody needs to know may turn out to
    be nobody whose data we hold."""
    is_searched = not kind(row).searches or row.searches.exists()
    return runs(row) and not needs_identity(row) and is_searched


def can_refuse(row: RightsRequest) -> bool:
    return runs(row) and bool(reasons_of(row, is_whole=True))


def can_be_erased(row: RightsRequest) -> bool:
    """Proposed already, it is another officer's turn."""
    is_known = row.request_type in ERASURES and row.verified_at is not None and not row.scope
    return is_known and runs(row) and not is_proposed(row)


def copies_in_words(row: RightsRequest) -> list[str]:
    lines = [_("The customer is told, and can ask for it to be looked at again. An answer is final.")]
    if row.request_type in ERASURES:
        lines.insert(0, _("To delete, propose it, whole or in part: carried out, that answers the request."))
    if row.request_type == Type.RECIPIENTS:
        names = sorted({one.recipient.name for one in recipients.noted(row)})
        told = _("They read with it whom their records say we told: %(names)s.") % {"names": ", ".join(names)}
        lines.append(told if names else _("Their records name nobody whom we told."))
    return lines


def can_be_parted(row: RightsRequest) -> bool:
    is_known = row.request_type in ERASURES and row.verified_at is not None
    return runs(row) and is_known and parts_of.proposed_for(row.pk) is None


def is_parted(row: RightsRequest) -> bool:
    return runs(row) and parts_of.proposed_for(row.pk) is not None


def propose_part(doing: Doing) -> object:
    return services.propose_part(kept=doing.said["kept"], law=doing.said["law"], **doing.about)


def parts_in_words(row: RightsRequest) -> list[str]:
    """Before it is done for good."""
    erasure = parts_of.proposed_for(row.pk)
    if erasure is None:
        return []
    parts = presenting.parts_in_words(erasure)
    about = {"deleted": ", ".join(parts["deleted"]), "kept": ", ".join(parts["kept"]), "law": erasure.law}
    kept = _("Kept, because of %(law)s, and for nothing else: %(kept)s.") % about
    return [
        _("Deleted for good: %(deleted)s. It cannot be undone.") % about,
        *([kept] if erasure.kept else []),
        _("Access to these kinds that the customer allows ends now, and requests for them are called off."),
        _("Copies made for the customer are removed, and your company’s next list brings nothing of it back."),
        _("It answers the request. The customer is told what is gone, what is kept and why, and how to complain."),
    ]


def marks(row: RightsRequest, *, announced: bool) -> list[Any]:
    return [mark for mark in marks_to_lift(row) if (mark.lift_announced_at is not None) == announced]


def announce(doing: Doing) -> object:
    return [choices.announce_lift(mark=mark.pk, by=doing.by) for mark in marks(doing.row, announced=False)]


def lift(doing: Doing) -> object:
    return [choices.lift(mark=mark.pk, by=doing.by) for mark in marks(doing.row, announced=True)]


def can_be_made_again(row: RightsRequest) -> bool:
    """By an officer: whoever has an account asks for it there."""
    return is_kept(row) and there(row) is None and row.packages.exists() and way_of(row) != Way.ACCOUNT


def is_kept(row: RightsRequest) -> bool:
    """A copy belongs to it, of somebody who is not erased."""
    return is_copied(row) and row.customer is not None and row.customer.erased_at is None


def can_be_collected(row: RightsRequest) -> bool:
    return is_kept(row) and there(row) is not None


def can_be_handed(row: RightsRequest) -> bool:
    return can_be_collected(row) and may_be_handed(row)


def handing_in_words(row: RightsRequest) -> list[str]:
    lines = [
        _(
            "The code is shown once, as a letter. Post it to an address, or read it out at a number, that we had on "
            "file before they asked."
        ),
        _("Whoever has it can read the copy. Give it to nobody else, not even to a colleague."),
        _("Who confirmed the identity cannot do this. That you did is on record, and every use of the code."),
    ]
    if working_code(row):
        lines.append(_("The code before works no more."))
    return lines


def their_word(doing: Doing) -> dict[str, Any]:
    return {"said_on": doing.said["said_on"], "channel": Channel(doing.said["channel"])}


def taken_back_in_words(row: RightsRequest) -> list[str]:
    lines = [_("The request is closed without an answer. They can ask again at any time.")]
    if is_reachable(row):
        lines.append(_("They get a mail that says so."))
    if marks_of_request(row.pk).exists():
        lines.append(_("What it had paused stays so until you lift it, when they were told."))
    return lines


ACTS = [
    Act(
        "acknowledge",
        gettext_lazy("Confirm that it arrived"),
        gettext_lazy("Was the person told that it arrived?"),
        gettext_lazy("On record: they were told."),
        lambda row: is_open(row) and row.acknowledged_at is None,
        lambda doing: services.acknowledge(**doing.about),
        effects=lambda row: [_("You have told them how it goes on and when to expect the answer (11 CCR 7021(a)).")],
    ),
    Act(
        "confirm_identity",
        gettext_lazy("Confirm identity"),
        gettext_lazy("How is it known who asks?"),
        gettext_lazy("On record: it is known who asks."),
        needs_identity,
        confirm_identity,
        form=forms.IdentityForm,
        effects=level_in_words,
    ),
    Act(
        "fail_identity",
        gettext_lazy("Identity not confirmed"),
        gettext_lazy("Could it not be confirmed who asks?"),
        gettext_lazy("On record: not confirmed. A later check may still succeed."),
        lambda row: needs_identity(row) and row.verification_level != Level.FAILED,
        lambda doing: services.fail_identity(answered_on=doing.said.get("answered_on"), **doing.about),
        form=forms.FailedIdentityForm,
        effects=lambda row: [_("Nothing about anybody’s data is said to this person unless a later check succeeds.")],
    ),
    Act(
        "match",
        gettext_lazy("Say whose it is"),
        gettext_lazy("Whose request is it?"),
        gettext_lazy("On record: whose it is. What acts at once has acted."),
        lambda row: is_open(row) and row.customer_id is None and row.identity_needed == Level.NOT_REQUIRED,
        match,
        form=forms.WhoseForm,
    ),
    Act(
        "note_search",
        gettext_lazy("Note a search"),
        gettext_lazy("Which system was searched?"),
        gettext_lazy("The search is on record."),
        lambda row: is_open(row) and kind(row).searches,
        lambda doing: services.note_search(system=doing.said["system"], found=doing.said["found"], **doing.about),
        form=forms.SearchForm,
    ),
    Act(
        "extend",
        gettext_lazy("Extend"),
        gettext_lazy("Do you need longer?"),
        gettext_lazy("Extended, and the customer is told."),
        can_be_longer,
        lambda doing: services.extend(
            reason=Extension(doing.said["reason"]), told_on=doing.said.get("told_on"), **doing.about
        ),
        form=forms.ExtendForm,
        effects=longer_in_words,
    ),
    Act(
        "pause",
        gettext_lazy("Wait for the customer"),
        gettext_lazy("What do we wait for?"),
        gettext_lazy("The clock stands still, and the customer is told."),
        can_wait,
        lambda doing: services.pause(waiting_for=Waiting(doing.said["waiting_for"]), **doing.about),
        form=forms.PauseForm,
    ),
    Act(
        "resume",
        gettext_lazy("The customer has answered"),
        gettext_lazy("Has the customer answered?"),
        gettext_lazy("The clock goes on."),
        lambda row: is_open(row) and row.waiting_since is not None,
        lambda doing: services.resume(answered_on=doing.said["answered_on"], **doing.about),
        form=forms.ResumeForm,
        effects=lambda row: [_("The day to answer moves by the whole days that we waited for the answer.")],
    ),
    Act(
        "stop_waiting",
        gettext_lazy("No answer came"),
        gettext_lazy("Stop waiting for the customer?"),
        gettext_lazy("The clock goes on."),
        lambda row: is_open(row) and row.waiting_since is not None,
        lambda doing: services.stop_waiting(**doing.about),
        effects=lambda row: [
            _("The day to answer moves by the whole days that we waited. From now on time runs again."),
            _("Then answer with what you know, or refuse it: if nobody knows who asks, for that reason."),
        ],
    ),
    Act(
        "propose_erasure",
        gettext_lazy("Propose the erasure"),
        gettext_lazy("Propose to erase this customer?"),
        gettext_lazy("Proposed. Another officer looks at it under Erasures."),
        can_be_erased,
        lambda doing: services.propose_erasure(**doing.about),
        effects=lambda row: [
            _("Another officer looks at it and erases. That answers this request."),
            _("All of it goes, for good. A legal hold stops it; the customer’s last mail says what stays on record."),
        ],
    ),
    Act(
        "propose_part",
        gettext_lazy("Propose to delete kinds of data"),
        gettext_lazy("What is deleted, and what must be kept?"),
        gettext_lazy("Proposed. Another officer looks at it here and deletes."),
        can_be_parted,
        propose_part,
        form=forms.PartForm,
        effects=lambda row: [_("Another officer looks at it and deletes. That answers this request.")],
        is_read_first=True,
    ),
    Act(
        "erase_part",
        gettext_lazy("Delete for good"),
        gettext_lazy("Delete these kinds of data for good?"),
        gettext_lazy("Deleted, and the customer is told."),
        is_parted,
        lambda doing: services.erase_part(told_on=doing.said.get("told_on"), **doing.about),
        form=forms.ErasePartForm,
        effects=parts_in_words,
    ),
    Act(
        "cancel_part",
        gettext_lazy("Cancel the proposal"),
        gettext_lazy("Cancel this proposal?"),
        gettext_lazy("The proposal is cancelled."),
        is_parted,
        lambda doing: services.cancel_part(**doing.about),
        effects=lambda row: [_("Nothing is deleted. It can be proposed again.")],
    ),
    Act(
        "answer",
        gettext_lazy("Answer"),
        gettext_lazy("Answer this request"),
        gettext_lazy("Answered, and the customer is told."),
        is_answerable,
        reply,
        form=forms.AnswerForm,
        effects=copies_in_words,
        is_read_first=True,
    ),
    Act(
        "refuse",
        gettext_lazy("Refuse"),
        gettext_lazy("Refuse this request"),
        gettext_lazy("Refused, and the customer is told why and what they can do."),
        can_refuse,
        reply,
        form=forms.RefuseForm,
        is_read_first=True,
    ),
    Act(
        "send_code",
        gettext_lazy("Mail a new code"),
        gettext_lazy("Mail a new code for the copy?"),
        gettext_lazy("The code is on its way."),
        lambda row: can_be_collected(row) and way_of(row) == Way.MAILED,
        lambda doing: services.send_code(**doing.about),
        effects=lambda row: [
            _("It goes to the email address on file. Nobody here sees it."),
            _("The code before works no more."),
        ],
    ),
    Act(
        "stop_code",
        gettext_lazy("End the code"),
        gettext_lazy("End the code for the copy?"),
        gettext_lazy("The code works no more."),
        lambda row: working_code(row) is not None,
        lambda doing: services.stop_code(**doing.about),
        effects=lambda row: [_("Nothing is downloaded with it from now on. Another one can be made.")],
    ),
    Act(
        "make_again",
        gettext_lazy("Make the copy again"),
        gettext_lazy("Make the copy again?"),
        gettext_lazy("It is being made again, and will be there for two weeks."),
        can_be_made_again,
        lambda doing: services.make_again(**doing.about),
        effects=lambda row: [
            _("A new code goes to the address on file with it.")
            if way_of(row) == Way.MAILED
            else _("When it is ready, give out a code.")
        ],
    ),
    Act(
        "announce_lift",
        gettext_lazy("Announce the end of the pause"),
        gettext_lazy("Tell the customer that the pause ends?"),
        gettext_lazy("The customer is told. Lift it when they have had time to answer."),
        lambda row: not is_open(row) and bool(marks(row, announced=False)),
        announce,
        effects=lambda row: [_("Nothing is used yet. The law asks that they are told before (GDPR Art. 18(3)).")],
    ),
    Act(
        "lift",
        gettext_lazy("Lift the pause"),
        gettext_lazy("May the data be used again?"),
        gettext_lazy("The pause is lifted."),
        lambda row: not is_open(row) and bool(marks(row, announced=True)),
        lift,
        effects=lambda row: [_("What the customer allows and what the law allows without asking counts again.")],
    ),
    Act(
        "note_withdrawal",
        gettext_lazy("They take it back"),
        gettext_lazy("Do they take the request back?"),
        gettext_lazy("On record: they took it back. The request is closed."),
        is_open,
        lambda doing: services.note_withdrawal(**their_word(doing), **doing.about),
        form=forms.TheirWordForm,
        effects=taken_back_in_words,
    ),
    Act(
        "note_appeal",
        gettext_lazy("They ask to look again"),
        gettext_lazy("Do they ask us to look at the answer again?"),
        gettext_lazy("On record: another officer looks at it."),
        lambda row: row.outcome in APPEALABLE and row.appeal_at is None,
        lambda doing: services.note_appeal(why=doing.said["why"], **their_word(doing), **doing.about),
        form=forms.TheirAppealForm,
        effects=lambda row: [_("Time for it runs from the day they asked. They can ask once.")],
    ),
    Act(
        "decide_appeal",
        gettext_lazy("Decide"),
        gettext_lazy("Look at the answer again"),
        gettext_lazy("Decided, and the customer is told."),
        lambda row: row.appeal_outcome == Appealed.PENDING,
        lambda doing: services.decide_appeal(
            outcome=Appealed(doing.said["outcome"]), text=doing.said["text"], **doing.about
        ),
        form=forms.DecideAppealForm,
        effects=lambda row: [_("Who gave the answer cannot decide about it.")],
    ),
    Act(
        "note_told",
        gettext_lazy("Note who was told"),
        gettext_lazy("Which recipient was told?"),
        gettext_lazy("On record."),
        lambda row: row.customer_id is not None and Type(row.request_type) in staff_words.PASSED_ON,
        lambda doing: services.note_told(
            recipient=doing.said["recipient"].pk,
            why_not=Told.WhyNot(doing.said["why_not"]) if doing.said["why_not"] else None,
            **doing.about,
        ),
        form=forms.ToldForm,
    ),
]
