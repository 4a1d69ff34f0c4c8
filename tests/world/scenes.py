"""Scenes that are built once for each worker and put back for each test that names one as a fixture."""

from datetime import timedelta
from types import SimpleNamespace

from consents.choices.services import answering
from tests.world.breaches import record_breach
from tests.world.cast import answer, ask, make_customer, make_user, put_in_vault
from tests.world.choices import make_offers
from tests.world.erasing import hold, propose
from tests.world.exports import play
from tests.world.ground import Build
from tests.world.holders import agree_alone
from tests.world.insights import make_crowd
from tests.world.lived_in import live_in
from tests.world.rights_requests import file, happen_without_an_answer, make_californian


def fill_what_is_backed_up(world: SimpleNamespace) -> SimpleNamespace:
    """Ada gave consent and lets Sam look; Cas is another customer of whom there is much; Ben is asked by Kim."""
    answering.give_consent(
        customer=world.ada.customer.id, purpose="support", version=world.version.pk, by=world.ada.actor
    )
    world.running = answer(world, ask(world, "orders", duration=timedelta(hours=2)), "all", message="Be quick.")
    world.waiting = ask(world, "contact", member=world.kim, customer=world.ben)
    world.cas = make_customer("C-1003", "cas@example.com")
    put_in_vault(world.cas.customer, world.categories["contact"], {"name": "Cas Marker"})
    answering.give_consent(
        customer=world.cas.customer.id, purpose="support", version=world.version.pk, by=world.cas.actor
    )
    world.nobody = make_user("nobody@example.com")
    return world


def fill_every_dataset(world: SimpleNamespace) -> SimpleNamespace:
    """After a few days of work there is something in every dataset."""
    play(world)
    file(world.ada)
    happen_without_an_answer(world)
    propose(world)
    hold(world, customer=world.ben.customer.id)
    record_breach(world)
    agree_alone(world)
    return world


def gather_crowd(world: SimpleNamespace) -> SimpleNamespace:
    """Thirty customers who allow statistics: `world.crowd`."""
    world.crowd = make_crowd(world)
    return world


def bring_californian(world: SimpleNamespace) -> SimpleNamespace:
    """Cal lives in California: `world.cal`."""
    world.cal = make_californian()
    return world


def make_offers_known(world: SimpleNamespace) -> SimpleNamespace:
    """A purpose that a standing choice is asked for: `world.offers`, a version of it."""
    world.offers = make_offers(world)
    return world


def found_demo_company(world: SimpleNamespace) -> SimpleNamespace:
    """The demo's people with their past of two years, and nobody else."""
    from consents.ops.demo import company  # a second that few workers need

    assert company.set_up_company()
    return world


# By the name of the fixture.
SCENES: dict[str, Build] = {
    "lived_in": live_in,
    "backed_up": fill_what_is_backed_up,
    "played": play,
    "every_dataset": fill_every_dataset,
    "crowded": gather_crowd,
    "with_cal": bring_californian,
    "with_offers": make_offers_known,
    "demo_company": found_demo_company,
}
# The others begin from the cast's world.
BEGIN_FROM_NOTHING = {"demo_company"}
