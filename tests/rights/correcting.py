"""Corrections that a customer proposes and an officer decides."""

from consents.law.kinds import Type
from consents.rights.models import Correction, RightsRequest
from consents.rights.services import correcting
from tests.world.rights_requests import (
    by_staff,
    file,
)

PRICE = {"category": "orders", "field": "price", "right": "18.90"}


def proposed(world, *proposals, **terms) -> RightsRequest:
    terms = {"scope": (proposals[0]["category"],), "said": {"proposals": list(proposals)}} | terms
    return file(world.ada, Type.RECTIFICATION, **terms)


def decide(world, request, place=0, officer=None, **terms) -> Correction:
    officer = officer or world.pia
    return correcting.decide_value(
        rights_request=request.pk, place=place, officer=officer, by=by_staff(officer), **terms
    )
