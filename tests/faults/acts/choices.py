"""Prepare a call of every act of `consents/choices`."""

from datetime import timedelta
from uuid import UUID

from consents.catalogue.models import PurposeVersion
from consents.choices.models import Choice
from consents.choices.rules import ActContext, MarkKind
from consents.choices.services import answering, marking, withdrawing
from consents.ledger.rules import PORTAL
from consents.people.models import JointAssent
from tests.faults.acts.beginnings import by_staff, in_a_restoration, mine, running_and_waiting
from tests.faults.acts.registry import Call, act
from tests.world.choices import make_offers, make_sale, publish_next
from tests.world.holders import share_account
from tests.world.retirements import retire


@act(answering.give_consent)
def give(world, **_) -> Call:
    mine = {"customer": world.ada.customer.id, "purpose": world.purpose.code, "version": world.version.pk}
    return lambda: answering.give_consent(**mine, by=world.ada.actor)


@act(answering.refuse_assents_again)
def refuse_again(world, **_) -> Call:
    share_account(world)
    give(world)()
    by, given = in_a_restoration(), list(JointAssent.objects.values_list("pk", flat=True))
    about = {"customer": world.ada.customer.id, "purpose": world.purpose.code}
    return lambda: answering.refuse_assents_again(**about, assents=given, by=by)


@act(withdrawing.withdraw_consent, after=running_and_waiting)
def withdraw(world, **_) -> Call:
    give(world)()
    mine = {"customer": world.ada.customer.id, "purpose": world.purpose.code}
    return lambda: withdrawing.withdraw_consent(**mine, by=world.ada.actor)


def restricted(world) -> UUID:
    mine = {"customer": world.ada.customer.id, "kind": MarkKind.RESTRICTION}
    return marking.place_mark(**mine, by=world.ada.actor).pk


@act(marking.place_mark, after=running_and_waiting)
def place_mark(world, **_) -> Call:
    return lambda: restricted(world)


@act(marking.announce_mark_lift)
def announce_lift(world, **_) -> Call:
    mark = restricted(world)
    return lambda: marking.announce_mark_lift(mark=mark, by=by_staff(world.pia))


@act(marking.lift_mark)
def lift_mark(world, **_) -> Call:
    mark = restricted(world)
    return lambda: marking.lift_mark(mark=mark, by=world.ada.actor)


def given(world, offers: PurposeVersion) -> Choice:
    return answering.give_consent(**mine(world, offers), version=offers.pk)


@act(answering.renew_consent, after=make_offers)
def renew(world, **_) -> Call:
    offers = world.made
    since = given(world, offers).since
    return lambda: answering.renew_consent(**mine(world, offers), version=offers.pk, since=since)


@act(answering.defer_consent, after=make_offers)
def defer(world, **_) -> Call:
    offers = world.made
    return lambda: answering.defer_consent(**mine(world, offers), version=offers.pk)


@act(answering.request_consent, after=make_offers)
def ask_for_consent(world, **_) -> Call:
    offers = world.made
    return lambda: answering.request_consent(**(mine(world, offers) | {"by": PORTAL}), how=ActContext("digest"))


@act(answering.queue_digest, after=make_offers)
def queue_digest(world, later, **_) -> Call:
    offers = world.made
    given(world, offers)
    publish_next(offers, world.pia.user)
    later(timedelta(days=91))
    return lambda: answering.queue_digest(customer=world.ada.customer.id, by=PORTAL)


@act(withdrawing.record_lapse, after=make_offers)
def record_lapse(world, **_) -> Call:
    offers = world.made
    choice = given(world, offers).pk
    retire(offers.purpose)
    return lambda: withdrawing.record_lapse(choice=choice, by=PORTAL)


@act(withdrawing.invalidate_choice, after=running_and_waiting)
def invalidate(world, **_) -> Call:
    choice = given(world, world.version).pk
    return lambda: withdrawing.invalidate_choice(choice=choice, by=by_staff(world.pia))


@act(withdrawing.withdraw_all_consents, after=running_and_waiting)
def withdraw_all(world, **_) -> Call:
    given(world, world.version)
    given(world, make_offers(world))
    return lambda: withdrawing.withdraw_all_consents(customer=world.ada.customer.id, by=world.ada.actor)


@act(withdrawing.opt_out_of_sale)
def opt_out(world, **_) -> Call:
    make_sale(world)
    return lambda: withdrawing.opt_out_of_sale(
        customer=world.ada.customer.id, by=world.ada.actor, how=ActContext("form")
    )
