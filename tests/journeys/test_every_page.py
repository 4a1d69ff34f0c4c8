"""Every page of the resolver, as each kind of person: axe finds nothing (WCAG 2.2 AA), nothing overflows, the policy
is silent; wide and narrow, light and dark."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.apps import apps
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse

from consents.catalogue import services as catalogue
from consents.catalogue.models import Usage
from consents.choices import services as choices
from consents.choices.receipts import selectors as receipts
from consents.disclosures.services import disclose
from consents.exports.kinds import Dataset
from consents.ledger.rules import PORTAL, Actor
from consents.rights import services as rights
from consents.rights.models import RightsRequest
from consents.rights.rules.answers import Format, Outcome, Reason
from consents.rights.rules.kinds import Type
from consents.rights.services import Reply
from tests.architecture.test_closed_doors import addresses
from tests.cast import answer, ask, make_customer, make_purpose, signed_in
from tests.exports import scene as exports
from tests.people.test_erasing import erase, hold, propose
from tests.rights import conftest as requests

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
WIDTHS = (1280, 320)
SCHEMES = {"light": RULES, "dark": {"runOnly": ["color-contrast"]}}
JUDGED = """async rules => (await axe.run(document, {...rules, resultTypes: ['violations']})).violations.map(
    rule => `${rule.id} ${rule.nodes.slice(0, 3).map(node => node.target.join(' '))}`)"""


@pytest.fixture
def lived_in(real_world):
    """A world where every page has something to show."""
    world = real_world
    offers = make_purpose("offers", "Send you offers", [world.categories["contact"]], world.pia.user, Usage.STANDING)
    choices.give(customer=world.ada.customer.id, purpose="offers", version=offers.pk, by=world.ada.actor)
    about = {"categories": [world.categories["contact"]], "officer": world.pia.user, "usage": Usage.STANDING}
    make_purpose("misuse", "Stop misuse", **about, legal_basis="A6-1-f")
    catalogue.next_version(purpose=offers.purpose, officer=real_world.quinn.user, by=PORTAL)
    world.running = answer(world, ask(world, "orders"), "part", "orders", duration=timedelta(hours=1))
    grant = world.running.grants.get()
    disclose(grant=grant.pk, staff=world.sam.pk, by=Actor("staff", str(world.sam.pk)))
    world.denied = answer(world, ask(world, "health"), "none", message="Please write to me.")
    world.waiting = ask(world, "contact")
    world.receipts = list(receipts.of_customer(world.ada.customer.id))
    world.rights = rights_of_ada(world)
    hold(world)
    propose(world, world.ben)
    erase(world, make_customer("C-1003", "cas@example.com"))
    exports.taken(world)
    exports.make(world, dataset=Dataset.REQUESTS, personal=True)
    return world


def rights_of_ada(world) -> list[RightsRequest]:
    """To be confirmed, extended, waiting for her, refused, looked at again, with proposed values, with a package."""
    officer = {"officer": world.pia, "by": Actor("staff", str(world.pia.pk))}
    asked = requests.file(world.ada, is_fresh=False)
    longer = rights.extend(request=requests.file(world.ada, Type.RECIPIENTS).pk, reason="complexity", **officer)
    waiting = rights.pause(request=requests.file(world.ada, Type.ERASURE).pk, waiting_for="scope", **officer)
    refusal = Reply(Outcome.DENIED, Format.DOWNLOAD, "We looked at it twice.", Reason.LEGAL, "GDPR Art 23")
    proposal = {"category": "contact", "field": "phone", "right": "555-0199"}
    wrong = requests.file(world.ada, Type.RECTIFICATION, scope=("contact",), said={"proposals": [proposal]})
    taken = requests.file(world.ada, Type.PORTABILITY)
    requests.search(world, taken)
    rights.make_package(request=requests.answer(world, taken).pk)
    refused = requests.answer(world, requests.file(world.ada, Type.OBJECTION, scope=("misuse",)), refusal)
    appealed = requests.answer(world, requests.file(world.ada, Type.AUTOMATED), refusal)
    rights.appeal(request=appealed.pk, customer=world.ada.customer.id, why="", by=world.ada.actor)
    requests.file_as_stranger()
    return [asked, longer, waiting, refused, appealed, wrong, taken]


def pages_of(world, who: str) -> list[str]:
    """Paths that this person gets as a page (200, HTML), with real ids where an address takes one."""
    client = signed_in(getattr(world, who).user) if who != "stranger" else Client()
    found = []
    for path in candidates(world):
        response = client.get(path)
        if response.status_code == 200 and response.get("Content-Type", "").startswith("text/html"):
            found.append(path)
    return found


def candidates(world) -> list[str]:
    paths = []
    for name, path in addresses(get_resolver().url_patterns):
        if name in ("account_logout", "admin:logout"):
            continue
        paths += with_real_ids(world, name) or [f"/{path}"]
    return list(dict.fromkeys(paths))


def with_real_ids(world, name: str) -> list[str]:
    requests = [world.waiting, world.running, world.denied]
    found = []
    others = [
        ["offers"],
        ["support"],
        ["consent_events"],
        [world.version.pk, "de"],
        ["access"],
        ["rectification"],
        *([one.sequence] for one in world.receipts),
    ]
    others += [[one.number] for one in world.rights]
    for args in [[row.pk] for row in requests] + others + admin_ids(name):
        try:
            found.append(reverse(name, args=args))
        except NoReverseMatch:
            continue
    return found


def admin_ids(name: str) -> list[list]:
    """The first objects of the model whose admin page this is."""
    parts = name.removeprefix("admin:").split("_")
    if len(parts) != 3 or not name.startswith("admin:"):
        return []
    try:
        model = apps.get_model(parts[0], parts[1])
    except LookupError:
        return []
    return [[row.pk] for row in model._default_manager.order_by("pk")[:3]]


@pytest.mark.parametrize("who", ["stranger", "ada", "sam", "pia", "otto"])
def test_every_page_is_accessible_and_keeps_the_policy(lived_in, visit, who):
    one = visit()
    if who != "stranger":
        session = signed_in(getattr(lived_in, who).user).cookies["portal"].value
        one.context.add_cookies([{"name": "portal", "value": session, "url": one.base}])
    paths = pages_of(lived_in, who)
    assert len(paths) >= 5
    faults = [fault for path in paths for fault in faults_of(one, path)]
    assert not faults, "\n".join(faults)


def faults_of(one, path: str) -> list[str]:
    """All rules in the light; in the dark, colours alone can have changed."""
    found = []
    one.page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    one.go(path)
    one.page.evaluate(Axe().axe_script)
    for width in WIDTHS:
        one.page.set_viewport_size({"width": width, "height": 900})
        if one.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append(f"{path} overflows at {width}")
        for scheme, rules in SCHEMES.items():
            one.page.emulate_media(color_scheme=scheme)
            found += [f"{path} {width} {scheme}: {fault}" for fault in one.page.evaluate(JUDGED, rules)]
    return found
