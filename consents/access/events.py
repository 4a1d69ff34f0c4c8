"""Events of requests, grants and blocks, in words. Why something ended is told by its cause (`rules.causes`)."""

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from consents.access.rules import RequestState
from consents.access.rules.telephone import TELEPHONE
from consents.ledger.models import Entry
from consents.ledger.rules import EventWords, register_events


def is_spoken(*outcomes: str) -> Callable[[Entry], bool]:
    """Apply to answers by telephone with one of these outcomes; their words name who recorded them as `recorder`."""
    return lambda entry: entry.facts.get("method") == TELEPHONE and entry.outcome in outcomes


EVENTS = register_events(
    {
        "access_request.filed": EventWords(
            _("%(who)s asked."), _("Filed by %(who)s. It was put to the customer."), export=_("requested")
        ),
        "access_request.answered": EventWords(
            _("You did not allow it."),
            _("The customer did not allow it."),
            _("%(other)s did not allow it."),
            _("approved, all or part"),
            variants={
                is_spoken(RequestState.APPROVED): EventWords(
                    _("All of it was allowed by telephone, recorded by %(recorder)s."),
                    _("The customer allowed all of it by telephone, recorded by %(recorder)s."),
                ),
                is_spoken(RequestState.PARTLY_APPROVED): EventWords(
                    _("Part of it was allowed by telephone, recorded by %(recorder)s."),
                    _("The customer allowed part of it by telephone, recorded by %(recorder)s."),
                ),
                is_spoken(RequestState.DENIED): EventWords(
                    _("A no was given by telephone, recorded by %(recorder)s."),
                    _("The customer did not allow it, by telephone, recorded by %(recorder)s."),
                ),
                RequestState.APPROVED: EventWords(
                    _("You allowed all of it."),
                    _("The customer allowed all of it."),
                    _("%(other)s allowed all of it."),
                ),
                RequestState.PARTLY_APPROVED: EventWords(
                    _("You allowed part of it."),
                    _("The customer allowed part of it."),
                    _("%(other)s allowed part of it."),
                ),
            },
        ),
        "access_request.assented": EventWords(
            _("You said yes. It counts once everyone who shares the account has agreed."),
            _("One holder of the account has said yes; the others have yet to answer."),
            _("%(other)s said yes. It counts once everyone who shares the account has agreed."),
            _("yes of one holder of a shared account, not yet of all"),
        ),
        "access_request.denied": EventWords(
            _("The request ended. No one got access."), _("The request ended. No one got access."), export=_("denied")
        ),
        "access_request.cancelled": EventWords(
            _("The request ended. No one got access."),
            _("The request ended. No one got access."),
            export=_("cancelled"),
        ),
        "access_request.expired": EventWords(
            _("The time to answer ran out. No one got access."),
            _("The time to answer ran out. No one got access."),
            export=_("not answered in time"),
        ),
        "access_request.wait_lifted": EventWords(
            _("You said that they may ask again."),
            _("The customer allowed the same request to be made again."),
            _("%(other)s said that they may ask again."),
            _("waiting time lifted by the customer"),
        ),
        "access_request.question_sent": EventWords(
            _("You asked a question before answering."),
            _("The customer asked a question before answering."),
            _("%(other)s asked a question before answering."),
            _("question of the customer before the answer"),
        ),
        "access_request.question_answered": EventWords(
            _("%(who)s answered the question."),
            _("%(who)s answered the question."),
            export=_("question answered by the requester"),
        ),
        "access_request.reminder_wanted": EventWords(
            _("You asked to be reminded."),
            _("The customer asked to be reminded."),
            _("%(other)s asked to be reminded."),
            _("reminder wanted by the customer"),
        ),
        "access_request.caller_code_sent": EventWords(
            _("We emailed a code to you, to answer by telephone."),
            _("A code was emailed to the customer, to answer by telephone."),
            export=_("code sent for an answer by telephone"),
        ),
        "access_request.caller_code_wrong": EventWords(
            _("On the telephone, somebody said a wrong code."),
            _("A caller said a wrong code."),
            export=_("wrong code said on the telephone"),
        ),
        "access_request.caller_proved": EventWords(
            _("On the telephone, the code from our email was said."),
            _("The caller said the right code."),
            export=_("caller proved by code"),
        ),
        "proposed_request.filed": EventWords(
            _("Someone on our staff asked their manager whether they may ask you for data."),
            _("Filed by %(who)s. It went to the manager first; the customer was not told of it then."),
            export=_("proposed to the requester’s manager"),
            is_in_copy_only=True,
        ),
        "proposed_request.agreed": EventWords(
            _("The manager agreed that you are asked."),
            _("The manager agreed. The customer was asked."),
            export=_("the requester’s manager agreed"),
            is_in_copy_only=True,
        ),
        "proposed_request.declined": EventWords(
            _("The manager did not agree that you are asked."),
            _("The manager did not agree. The customer was not asked."),
            export=_("the requester’s manager did not agree"),
            is_in_copy_only=True,
        ),
        "proposed_request.ended": EventWords(
            _("What was to be asked of you was dropped before the manager agreed."),
            _("It ended before the manager decided. The customer was not asked."),
            export=_("ended before the requester’s manager decided"),
            is_in_copy_only=True,
        ),
        "grant.ended": EventWords(_("Access ended."), _("Access ended."), export=_("access ended")),
        "block.placed": EventWords(
            _("A person, a team or everybody was blocked from asking for your data."),
            _("The customer blocked a person, a team or everybody."),
        ),
        "block.lifted": EventWords(_("A block ended."), _("The customer lifted a block.")),
        "sentence_template.drafted": EventWords("", _("Drafted.")),
        "sentence_template.changed": EventWords("", _("Changed.")),
        "sentence_template.published": EventWords("", _("Published.")),
        "sentence_template.retired": EventWords("", _("Retired.")),
    }
)
