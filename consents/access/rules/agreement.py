"""Say what a manager may agree to before the customer is disturbed, where a purpose asks for it. Pure."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from consents.core.refusals import NotPermitted, NotValid, Refusal

MOST_LETTERS = 200


class ProposalState(StrEnum):
    WAITING = "waiting"
    AGREED = "agreed"
    DECLINED = "declined"
    ENDED = "ended"


class NeedsAgreement(Refusal):
    sentence = _("Your manager must agree to a request for this purpose first. Ask again from the form.")


class AgreementNotNeeded(Refusal):
    sentence = _("This purpose no longer needs your manager’s yes. Ask the customer.")


class NoManager(Refusal):
    sentence = _(
        "For this purpose your manager must agree first, and no manager of yours is on record. Ask a privacy officer "
        "to set one, then send this again."
    )


class NotTheManager(NotPermitted):
    sentence = _("Only the manager of the requester decides about this request.")


ALREADY_PROPOSED = _("Your request for this purpose already waits for your manager.")
NO_LONGER_WAITING = _("This request no longer waits for a manager. Nothing was changed.")


class NoReasonGiven(NotValid):
    sentence = _("Say in one sentence why not: the requester reads it.")
