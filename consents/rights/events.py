"""Events of rights requests, in words. Those of the copies of data are in `copies.events`."""

from django.utils.translation import gettext_lazy as _

from consents.law.identity import Level
from consents.ledger.models import Entry
from consents.ledger.rules import EventWords, register_events
from consents.rights.rules import OWN_CHANNELS, RIGHT, State


def is_of_kinds_alone(entry: Entry) -> bool:
    return entry.outcome == Level.REASONABLE and entry.facts.get("instead") == "kinds"


def is_typed(entry: Entry) -> bool:
    """Return True for a request that staff typed in, from a letter or a call: it may have arrived days before."""
    return entry.facts.get("channel") not in (None, *OWN_CHANNELS)


def begins_again(entry: Entry) -> bool:
    """Return True for a request that an officer filed anew, after an appeal against the answer to another."""
    return entry.find_fact("follows", str) is not None


# On none of the customer's pages, but in the copies of their data; then the words for staff.
IN_COPIES_ONLY = {
    "rights_request.assigned": (_("An officer was put in charge of your request."), _("An officer was put in charge")),
    "rights_request.facts_compared": (
        _("We compared what a caller said of you with our record."),
        _("What a caller said was compared with the record"),
    ),
    "rights_request.words_read": (_("An officer read what you wrote."), _("An officer read the messages")),
    "rights_request.noted": (
        _("An officer wrote an internal note on your request."),
        _("An internal note was written"),
    ),
    "rights_request.notes_read": (
        _("An officer read the internal notes on your request."),
        _("An officer read the internal notes"),
    ),
    "rights_request.redaction_proposed": (
        _("An officer proposed to leave out of your copies what a note says about somebody else."),
        _("It was proposed to leave a part of a note out of copies"),
    ),
    "rights_request.reminded": (_("We were reminded to answer in time."), _("Officers were reminded")),
    "rights_request.late": (_("The day to answer passed. We are late."), _("The day to answer passed: late")),
    "rights_request.erasure_proposed": (_("An officer proposed to erase your data."), _("The erasure was proposed")),
    "rights_request.erasure_cancelled": (
        _("The proposal to erase your data was cancelled."),
        _("The proposal to erase was cancelled"),
    ),
    "rights_request.proof_forgotten": (
        _("The name of the document that was shown for you was erased."),
        _("What was shown to ask for them was erased"),
    ),
    "rights_request.removed": (
        _("We removed the request from our records. Its time was over."),
        _("The record was removed: its time was over"),
    ),
}
EVENTS = register_events(
    {
        "rights_request.filed": EventWords(
            _("You asked, and it arrived"),
            _("Filed"),
            _("%(other)s asked, and it arrived"),
            variants={
                lambda entry: is_typed(entry) and entry.outcome == State.ANSWERED: EventWords(
                    _("We recorded this request, and it was done at once"), _("Filed, and done at once")
                ),
                is_typed: EventWords(_("We recorded this request")),
                begins_again: EventWords(_("It begins again after the review"), _("Filed again, after an appeal")),
                State.ANSWERED: EventWords(
                    _("You asked, and it was done at once"),
                    _("Filed, and done at once"),
                    _("%(other)s asked, and it was done at once"),
                ),
            },
        ),
        "rights_request.assented": EventWords(
            _("You agreed to it"), _("A holder of the account agreed"), _("%(other)s agreed to it")
        ),
        "rights_request.acknowledged": EventWords(_("We confirmed that it arrived"), _("Acknowledged")),
        "rights_request.matched": EventWords(_("We found your record"), _("Matched to its customer")),
        "rights_request.law_chosen": EventWords(
            _("We chose the law of the place where you live"),
            _("The request and our record named different places: the law was chosen"),
            variants={
                "kept": EventWords(
                    _("We answer under the law that you asked by, though our record named another place")
                )
            },
        ),
        "rights_request.identity_confirmed": EventWords(
            _("It is confirmed who asked"),
            _("Identity confirmed"),
            variants={
                is_of_kinds_alone: EventWords(_("It is confirmed who asked, but not surely enough for the data itself"))
            },
        ),
        "rights_request.identity_failed": EventWords(_("We could not confirm who asked"), _("Identity not confirmed")),
        "rights_request.extended": EventWords(_("We told you that we need longer"), _("Extended")),
        "rights_request.paused": EventWords(
            _("We asked you something, and our time stood still from then on"),
            _("The customer was asked something: the clock stands still"),
        ),
        "rights_request.asked": EventWords(_("We asked you something"), _("The customer was asked something")),
        "rights_request.clarified": EventWords(
            _("You answered our question"), _("The customer answered a question"), _("%(other)s answered our question")
        ),
        "rights_request.question_code_typed": EventWords(
            _("Somebody typed a wrong code for our question"),
            _("A code for a question was typed"),
            variants={RIGHT: EventWords(_("The code for our question was typed"))},
        ),
        "rights_request.resumed": EventWords(
            _("You answered, and our time went on"),
            _("The customer answered: the clock goes on"),
            _("%(other)s answered, and our time went on"),
        ),
        "rights_request.unanswered": EventWords(
            _("No answer reached us, and our time went on"), _("No answer came: the clock goes on")
        ),
        "rights_request.system_searched": EventWords(
            _("We searched a system for your data"), _("A system was searched")
        ),
        "rights_request.answer_sent": EventWords(_("We sent you the answer"), _("The answer was sent")),
        "rights_request.recipient_told": EventWords(_("We told somebody who has your data"), _("A recipient was told")),
        "rights_request.value_decided": EventWords(
            _("We looked at a value you proposed"), _("A proposed value was decided on")
        ),
        "rights_request.entry_chosen": EventWords(
            _("You told us which entry you mean"),
            _("The customer chose which entry they mean"),
            _("%(other)s told us which entry is meant"),
        ),
        "rights_request.answered": EventWords(_("We answered"), _("Answered")),
        "rights_request.withdrawn": EventWords(
            _("You took the request back"), _("Withdrawn by the customer"), _("%(other)s took the request back")
        ),
        "rights_request.appealed": EventWords(
            _("You asked us to look at it again"),
            _("The customer appealed"),
            _("%(other)s asked us to look at it again"),
        ),
        "rights_request.appeal_decided": EventWords(_("We decided on that"), _("Appeal decided")),
        "rights_request.redaction_decided": EventWords(
            _("A second officer agreed to leave out of your copies what a note says about somebody else."),
            _("A second officer agreed to leave a part of a note out of copies"),
            is_in_copy_only=True,
            variants={
                "declined": EventWords(
                    _("A second officer did not agree to leave a part of a note out of your copies."),
                    _("A second officer did not agree to leave a part of a note out of copies"),
                ),
            },
        ),
        "strangers_words.resealed": EventWords(
            "", _("What strangers wrote was sealed anew, with the newest index key")
        ),
        "question_template.saved": EventWords("", _("A ready-made question was saved")),
    }
    | {event: EventWords(*words, is_in_copy_only=True) for event, words in IN_COPIES_ONLY.items()}
)
