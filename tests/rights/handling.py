"""What an officer does with a request, in short."""

from datetime import date

from django.utils import timezone

from consents.core.clock import now
from consents.law.reasons import Extension, Reason
from consents.rights.rules import Format, Outcome, Reply, Waiting
from consents.rights.services import handling
from tests.world.rights_requests import (
    ask_back,
    by_staff,
)

NOTHING = Reply(Outcome.NO_DATA, Format.EMAIL)
REFUSED = Reply(Outcome.DENIED, Format.EMAIL, "We cannot do this.", Reason.LEGAL, "GDPR Art 23")


def handle(world, act, request, **terms):
    officer = terms.pop("officer", world.pia)
    return act(rights_request=request.pk, officer=officer, by=by_staff(officer), **terms)


def extend(world, request, **terms):
    return handle(world, handling.extend_deadline, request, reason=Extension.COMPLEX, **terms)


def pause(world, request, waiting_for=Waiting.SCOPE):
    return ask_back(world, request, waiting_for)


def today() -> date:
    """Where the company is, by the database's clock."""
    return timezone.localdate(now())
