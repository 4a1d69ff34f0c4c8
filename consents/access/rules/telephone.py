"""Answers by telephone: a code said by the caller proves who they are. Pure."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from consents.access.rules import RequestState
from consents.core.refusals import NotPermitted, NotValid, Refusal

TELEPHONE = "telephone"  # the method of such an answer, in the ledger and on receipts
CHANNEL = "phone"
DIGITS = 8
CODE_LIFETIME = timedelta(minutes=10)
# From the code to the recorded answer: long enough to have everything read out twice.
PROOF_LIFETIME = timedelta(minutes=30)
MOST_TRIES = 3
MOST_CODES = 5  # for one request


class NobodyToProve(Refusal):
    sentence = _(
        "No code can be sent: no email address leads to this customer alone. They can sign in with a claim code "
        "on paper."
    )


class GuardianAnswers(Refusal):
    sentence = _("This customer is a child. Only a parent or guardian who signs in can answer.")


class AccessLocked(Refusal):
    sentence = _(
        "This customer has locked their access, as after the loss of a phone: a code by email would not tell who is "
        "calling. They can unlock it by signing in and proving in two ways who they are."
    )


class OwnMatter(NotPermitted):
    sentence = _("You asked for this yourself, or act for this customer. A colleague must take the call.")


class TooManyCodes(Refusal):
    sentence = _("No more codes can be sent for this request. The customer can still sign in and answer.")


class WrongCallerCode(NotValid):
    sentence = _("This is not the code from the email. Ask the caller to read it again.")


class CallerCodeOver(Refusal):
    sentence = _("This code no longer works. Send the caller a new one.")


class CallerNotProved(Refusal):
    sentence = _("The caller has not proved who they are in the last half hour. Nothing was saved. Send a new code.")


def build_caller_code(secret: bytes) -> str:
    """Derive eight digits, which are easy to say in any language, from 32 secret bytes."""
    return f"{int.from_bytes(secret) % 10**DIGITS:0{DIGITS}}"


def format_caller_code(code: str) -> str:
    return f"{code[:4]}-{code[4:]}"


def normalize_caller_code(typed: str) -> str:
    """Return the digits, whatever spaces or dashes stand between them."""
    return "".join(letter for letter in typed if letter in "0123456789")


def is_proof_fresh(proved_at: datetime | None, now: datetime) -> bool:
    return proved_at is not None and now < proved_at + PROOF_LIFETIME


# By the state after the answer, and whether it was given by telephone.
CONFIRMATIONS = {
    (RequestState.APPROVED, False): _(
        "The request of %(team)s to see your data was allowed. You can stop the access any time."
    ),
    (RequestState.PARTLY_APPROVED, False): _(
        "The request of %(team)s to see your data was allowed in part. You can stop the access any time."
    ),
    (RequestState.DENIED, False): _("The request of %(team)s to see your data was denied. It gives them no access."),
    (RequestState.APPROVED, True): _(
        "By telephone, the request of %(team)s to see your data was allowed. You can stop the access any time: sign "
        "in, or call us."
    ),
    (RequestState.PARTLY_APPROVED, True): _(
        "By telephone, the request of %(team)s to see your data was allowed in part. You can stop the access any time: "
        "sign in, or call us."
    ),
    (RequestState.DENIED, True): _(
        "By telephone, the request of %(team)s to see your data was denied. It gives them no access."
    ),
}
