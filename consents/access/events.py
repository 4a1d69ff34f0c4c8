"""Events of requests, grants and blocks, in words. Why something ended is told by its cause (`rules.causes`)."""

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from consents.access.rules import RequestState
from consents.access.rules.telephone import TELEPHONE
from consents.ledger.event_words import EventWords, has_outcome, register_events
from consents.ledger.models import Entry


def is_spoken(*outcomes: str) -> Callable[[Entry], bool]:
    """Apply to answers by telephone with one of these outcomes; their words name who recorded them as `recorder`."""
    return lambda entry: entry.facts.get("method") == TELEPHONE and entry.outcome in outcomes


EVENTS = register_events(
    {
        "access_request.filed": EventWords(
            _("%(who)s asked."), "Filed by %(who)s. The customer was told.", export="requested"
        ),
        "access_request.answered": EventWords(
            _("You did not allow it."),
            "The customer did not allow it.",
            _("%(other)s did not allow it."),
            "approved, all or part",
            variants=[
                (
                    is_spoken(RequestState.APPROVED),
                    EventWords(
                        _("All of it was allowed by telephone, recorded by %(recorder)s."),
                        "The customer allowed all of it by telephone, recorded by %(recorder)s.",
                    ),
                ),
                (
                    is_spoken(RequestState.PARTLY_APPROVED),
                    EventWords(
                        _("Part of it was allowed by telephone, recorded by %(recorder)s."),
                        "The customer allowed part of it by telephone, recorded by %(recorder)s.",
                    ),
                ),
                (
                    is_spoken(RequestState.DENIED),
                    EventWords(
                        _("A no was given by telephone, recorded by %(recorder)s."),
                        "The customer did not allow it, by telephone, recorded by %(recorder)s.",
                    ),
                ),
                (
                    has_outcome(RequestState.APPROVED),
                    EventWords(
                        _("You allowed all of it."),
                        "The customer allowed all of it.",
                        _("%(other)s allowed all of it."),
                    ),
                ),
                (
                    has_outcome(RequestState.PARTLY_APPROVED),
                    EventWords(
                        _("You allowed part of it."),
                        "The customer allowed part of it.",
                        _("%(other)s allowed part of it."),
                    ),
                ),
            ],
        ),
        "access_request.denied": EventWords(
            _("The request ended. No one got access."), "The request ended. No one got access.", export="denied"
        ),
        "access_request.cancelled": EventWords(
            _("The request ended. No one got access."), "The request ended. No one got access.", export="cancelled"
        ),
        "access_request.expired": EventWords(
            _("The time to answer ran out. No one got access."),
            "The time to answer ran out. No one got access.",
            export="not answered in time",
        ),
        "access_request.wait_lifted": EventWords(
            _("You said that they may ask again."),
            "The customer allowed the same request to be made again.",
            _("%(other)s said that they may ask again."),
            "waiting time lifted by the customer",
        ),
        "access_request.question_sent": EventWords(
            _("You asked a question before answering."),
            "The customer asked a question before answering.",
            _("%(other)s asked a question before answering."),
            "question of the customer before the answer",
        ),
        "access_request.question_answered": EventWords(
            _("%(who)s answered the question."),
            "%(who)s answered the question.",
            export="question answered by the requester",
        ),
        "access_request.reminder_wanted": EventWords(
            _("You asked to be reminded."),
            "The customer asked to be reminded.",
            _("%(other)s asked to be reminded."),
            "reminder wanted by the customer",
        ),
        "access_request.caller_code_sent": EventWords(
            _("We emailed a code to you, to answer by telephone."),
            "A code was emailed to the customer, to answer by telephone.",
            export="code sent for an answer by telephone",
        ),
        "access_request.caller_code_wrong": EventWords(
            _("On the telephone, somebody said a wrong code."),
            "A caller said a wrong code.",
            export="wrong code said on the telephone",
        ),
        "access_request.caller_proved": EventWords(
            _("On the telephone, the code from our email was said."),
            "The caller said the right code.",
            export="caller proved by code",
        ),
        "grant.ended": EventWords(_("Access ended."), "Access ended.", export="access ended"),
        "block.placed": EventWords(
            _("A person, a team or everybody was blocked from asking for your data."),
            "The customer blocked a person, a team or everybody.",
        ),
        "block.lifted": EventWords(_("A block ended."), "The customer lifted a block."),
    }
)
