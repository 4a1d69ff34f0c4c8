"""Purposes that consent is asked for, and what became of it."""

from consents.catalogue.models import Purpose, PurposeVersion, Usage
from consents.catalogue.services import versions
from consents.decisions.selectors import decide_use
from consents.ledger.models import Entry
from consents.ledger.rules import Actor
from consents.people.models import StaffMember
from tests.world.cast import make_category, make_next_version, make_purpose, make_recipient


def publish_next(version: PurposeVersion, officer, *, material: bool = True, **changes) -> PurposeVersion:
    """The next version of the same purpose, published now."""
    return make_next_version(version.purpose, officer, material=material, **changes)


def make_sale(world) -> PurposeVersion:
    contact, buyer = [world.categories["contact"]], make_recipient("buyer", kind="dpv:ThirdParty")
    return make_purpose("sell", "Sell your address", contact, world.pia.user, Usage.STANDING, [buyer], sale=True)


def make_special(world) -> PurposeVersion:
    notes = make_category("care", "Care notes", "note", sensitive=True, special=True)
    return make_purpose("care", "Plan your care", [notes], world.pia.user, Usage.STANDING)


def make_offers(world, **about) -> PurposeVersion:
    contact = world.categories["contact"]
    return make_purpose("offers", "Send you offers", [contact], world.pia.user, Usage.STANDING, **about)


def events(purpose: str = "offers") -> list[str]:
    entries = Entry.objects.filter(object_type="choice", purpose=purpose).order_by("id")
    return [event.removeprefix("consent.") for event in entries.values_list("event", flat=True)]


def may(world, purpose: str = "offers", category: str = "contact"):
    return decide_use(customer=world.ada.customer.id, category=category, purpose=purpose)


def list_teams(purpose: Purpose, *teams: str, officer: StaffMember) -> Purpose:
    """None: every team may ask again."""
    purpose = Purpose.objects.get(pk=purpose.pk)
    purpose.teams = list(teams)
    return versions.save_purpose(purpose=purpose, by=Actor("staff", str(officer.pk)))
