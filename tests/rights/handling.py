"""What an officer does with a request, in short."""

from datetime import date

from django.utils import timezone

from consents.core.clock import now
from consents.law.kinds import Type
from consents.law.reasons import Extension, Reason
from consents.rights.models import Correction, RightsRequest
from consents.rights.rules import Format, Outcome, Reply, Waiting
from consents.rights.services import correcting, handling
from tests.world.cast import make_purpose
from tests.world.rights_requests import (
    ask_back,
    by_staff,
    file,
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


PRICE = {"category": "orders", "field": "price", "right": "18.90"}


def proposed(world, *proposals, **terms) -> RightsRequest:
    terms = {"scope": (proposals[0]["category"],), "said": {"proposals": list(proposals)}} | terms
    return file(world.ada, Type.RECTIFICATION, **terms)


def decide(world, request, place=0, officer=None, **terms) -> Correction:
    officer = officer or world.pia
    return correcting.decide_value(
        rights_request=request.pk, place=place, officer=officer, by=by_staff(officer), **terms
    )


INTEREST = {"legal_basis": "A6-1-f"}


def make_use(world, code="theft", **facts):
    """Something a customer may object to."""
    return make_purpose(code, f"Look after {code}", [world.categories["contact"]], world.pia.user, **INTEREST | facts)
