"""A use that a customer can object to."""

from tests.world.cast import make_purpose

INTEREST = {"legal_basis": "A6-1-f"}


def make_use(world, code="theft", **facts):
    """Something a customer may object to."""
    return make_purpose(code, f"Look after {code}", [world.categories["contact"]], world.pia.user, **INTEREST | facts)
