"""Prepare a call of every act of `consents/exemptions`."""

from datetime import timedelta
from unittest import mock

from consents.access.rules.blocks import BlockKind
from consents.access.rules.causes import EndCause
from consents.access.services import blocking
from consents.access.signals import block_placed
from consents.catalogue.models import Purpose
from consents.choices.rules import MarkKind
from consents.core import clock
from consents.exemptions.bypasses import BypassKind, BypassSign, Closeness
from consents.exemptions.rules import BypassFinding, NewDelay
from consents.exemptions.services import deciding, filing, immediate_effects, telling
from consents.ledger.rules import PORTAL
from consents.people.services.staff_members import end_staff_membership
from consents.vault.models import PartErasure
from tests.faults.acts.beginnings import by_staff, member
from tests.faults.acts.registry import Call, act
from tests.world import exemptions


def exempted_of_both_kinds(world) -> None:
    exemptions.open_emergency(world, "contact")
    exemptions.decide(world, exemptions.file_order(world, "orders"))


@act(filing.file_exemption)
def file_exemption(world, **_) -> Call:
    new = exemptions.build_exemption(
        world, ground=exemptions.EMERGENCY, at_once=True, why_unasked="danger", unasked_words="Minutes count."
    )
    return lambda: filing.file_exemption(new=new, member=member(world.sam), by=by_staff(world.sam))


@act(deciding.decide_exemption)
def decide_exemption(world, **_) -> Call:
    filed = exemptions.file_order(world)
    return lambda: exemptions.decide(world, filed, member(world.pia), delay=exemptions.build_delay())


@act(deciding.cancel_exemption)
def cancel_exemption(world, **_) -> Call:
    filed = exemptions.file_order(world).pk
    return lambda: deciding.cancel_exemption(exemption=filed, member=member(world.sam), by=by_staff(world.sam))


@act(deciding.record_missed_check)
def record_missed_check(world, later, **_) -> Call:
    opened = exemptions.open_emergency(world).pk
    later(timedelta(hours=25))
    return lambda: deciding.record_missed_check(exemption=opened, by=PORTAL)


@act(deciding.end_void_exemption)
def end_void_exemption(world, **_) -> Call:
    filed = exemptions.file_order(world).pk
    end_staff_membership(member=member(world.sam), by=PORTAL)
    return lambda: deciding.end_void_exemption(exemption=filed, by=PORTAL)


@act(deciding.end_exempted_access)
def end_exempted_access(world, **_) -> Call:
    opened = exemptions.open_emergency(world).pk
    return lambda: deciding.end_exempted_access(exemption=opened, member=member(world.sam), by=by_staff(world.sam))


@act(deciding.end_exempted_by_time)
def end_exempted_by_time(world, later, **_) -> Call:
    opened = exemptions.open_emergency(world).pk
    later(timedelta(hours=2))
    return lambda: deciding.end_exempted_by_time(exemption=opened, by=PORTAL)


@act(deciding.restore_exempted_end)
def restore_exempted_end(world, **_) -> Call:
    opened = exemptions.open_emergency(world).pk
    return lambda: deciding.restore_exempted_end(exemption=opened, cause=EndCause.COMPANY, by=PORTAL)


@act(telling.renew_delay)
def renew_delay(world, **_) -> Call:
    granted = exemptions.decide(world, exemptions.file_order(world), delay=exemptions.build_delay()).pk
    delay: NewDelay = exemptions.build_delay(60)
    return lambda: telling.renew_delay(
        exemption=granted, delay=delay, officer=member(world.quinn), by=by_staff(world.quinn)
    )


@act(telling.release_notice)
def release_notice(world, **_) -> Call:
    granted = exemptions.decide(world, exemptions.file_order(world), delay=exemptions.build_delay()).pk
    return lambda: telling.release_notice(exemption=granted, officer=member(world.otto), by=by_staff(world.otto))


@act(telling.release_due_notice)
def release_due_notice(world, later, **_) -> Call:
    granted = exemptions.decide(world, exemptions.file_order(world), delay=exemptions.build_delay()).pk
    later(timedelta(days=31))
    return lambda: telling.release_due_notice(exemption=granted, by=PORTAL)


def sign_of_sam(world) -> BypassSign:
    return BypassSign(BypassKind.OWN_ACCOUNT, clock.now(), world.sam.pk, world.ada.customer.id, "vault.opened", "1")


@act(filing.raise_bypass_alert)
def raise_bypass_alert(world, **_) -> Call:
    sign = sign_of_sam(world)
    return lambda: filing.raise_bypass_alert(sign=sign, by=PORTAL)


@act(filing.decide_bypass_alert)
def decide_bypass_alert(world, **_) -> Call:
    sign = sign_of_sam(world)
    filing.raise_bypass_alert(sign=sign, by=PORTAL)
    said = {"alert": sign.alert, "finding": BypassFinding.IN_ORDER, "officer": member(world.otto)}
    return lambda: filing.decide_bypass_alert(**said, by=by_staff(world.otto))


@act(filing.note_conflict)
def note_that_somebody_knows_ada(world, **_) -> Call:
    said = {"customer": world.ada.customer.id, "closeness": Closeness.NEIGHBOUR, "staff": world.sam.pk}
    officer = member(world.otto)
    return lambda: filing.note_conflict(**said, officer=officer, by=by_staff(world.otto))


@act(filing.lift_conflict)
def lift_note_that_somebody_knows_ada(world, **_) -> Call:
    said = {"conflict": exemptions.note_conflict(world, staff=world.sam.pk), "officer": member(world.otto)}
    return lambda: filing.lift_conflict(**said, by=by_staff(world.otto))


@act(immediate_effects.end_for_purpose, after=exempted_of_both_kinds)
def end_exempted_for_purpose(world, **_) -> Call:
    return lambda: immediate_effects.end_for_purpose(purpose=Purpose.objects.get(), by=PORTAL)


@act(immediate_effects.end_for_staff, after=exempted_of_both_kinds)
def end_exempted_for_staff(world, **_) -> Call:
    return lambda: immediate_effects.end_for_staff(member=member(world.sam), by=PORTAL)


@act(immediate_effects.end_for_customer, after=exempted_of_both_kinds)
def end_exempted_for_customer(world, **_) -> Call:
    return lambda: immediate_effects.end_for_customer(customer=world.ada.customer.id, by=PORTAL)


@act(immediate_effects.end_for_mark, after=exempted_of_both_kinds)
def end_exempted_for_mark(world, **_) -> Call:
    return lambda: immediate_effects.end_for_mark(
        customer=world.ada.customer.id, kind=MarkKind.RESTRICTION, purpose=None, by=world.ada.actor
    )


@act(immediate_effects.end_for_block, after=exempted_of_both_kinds)
def end_exempted_for_block(world, **_) -> Call:
    with mock.patch.object(block_placed, "send"):
        blocking.place_block(customer=world.ada.customer.id, kind=BlockKind.EVERYBODY, by=world.ada.actor)
    return lambda: immediate_effects.end_for_block(
        customer=world.ada.customer.id, kind=BlockKind.EVERYBODY, by=world.ada.actor
    )


@act(immediate_effects.end_for_part, after=exempted_of_both_kinds)
def end_exempted_for_part(world, **_) -> Call:
    erasure = PartErasure(customer=world.ada.customer, deleted=["orders"], kept=["contact"])
    return lambda: immediate_effects.end_for_part(erasure=erasure, by=PORTAL)
