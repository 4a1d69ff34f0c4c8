"""Prepare a call of every act of `consents/breaches`."""

from consents.breaches import services
from consents.ledger.rules import PORTAL
from tests.faults.acts.beginnings import by_staff, member
from tests.faults.acts.registry import Call, act
from tests.world import breaches


def assessed(world):
    breach = breaches.record_breach(world)
    breaches.assess_breach(world, breach)
    return breach


def agreed(world, *references: str):
    return breaches.agree(world, breaches.propose_announcement(world, assessed(world), *references), member(world.otto))


@act(services.record_breach)
def record_breach(world, **_) -> Call:
    noticed = {"noticed_at": breaches.clock.now(), "summary": "A list went astray."}
    return lambda: services.record_breach(**noticed, officer=member(world.pia), by=by_staff(world.pia))


@act(services.assess_breach)
def assess_breach(world, **_) -> Call:
    breach, new = breaches.record_breach(world).pk, breaches.build_assessment()
    return lambda: services.assess_breach(breach=breach, new=new, officer=member(world.pia), by=by_staff(world.pia))


@act(services.settle_authority)
def settle_authority(world, **_) -> Call:
    breach = breaches.record_breach(world)
    return lambda: breaches.tell_authority(world, breach)


@act(services.close_breach)
def close_breach(world, **_) -> Call:
    breach = assessed(world)
    breaches.tell_authority(world, breach)
    return lambda: breaches.close_breach(world, breach, "unreadable")


@act(services.propose_announcement)
def propose_announcement(world, **_) -> Call:
    breach = assessed(world)
    return lambda: breaches.propose_announcement(world, breach, "C-1001")


@act(services.decide_announcement)
def decide_announcement(world, **_) -> Call:
    proposed = breaches.propose_announcement(world, assessed(world), "C-1001")
    return lambda: breaches.agree(world, proposed, member(world.otto))


@act(services.add_customers_to_notify)
def add_customers_to_notify(world, **_) -> Call:
    announcement = agreed(world).pk
    return lambda: services.add_customers_to_notify(announcement=announcement, most=10, by=PORTAL)


@act(services.notify_customer_of_breach)
def tell_customer_of_breach(world, **_) -> Call:
    notice = agreed(world, "C-1001").notices.get().pk
    return lambda: services.notify_customer_of_breach(notice=notice, by=PORTAL)


@act(services.finish_announcement)
def finish_announcement(world, **_) -> Call:
    announcement = agreed(world, "C-1001")
    services.notify_customer_of_breach(notice=announcement.notices.get().pk, by=PORTAL)
    return lambda: services.finish_announcement(announcement=announcement.pk, by=PORTAL)


@act(services.confirm_reading)
def confirm_reading(world, **_) -> Call:
    notice = breaches.tell_ada(world, assessed(world)).notices.get().pk
    return lambda: services.confirm_reading(notice=notice, acting=world.ada.acting, by=world.ada.actor)
