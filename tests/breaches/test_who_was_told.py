"""The case of a breach says who was told: not everybody, where somebody has no address or was erased before."""

from consents.breaches import services
from consents.breaches.models import Announcement
from consents.breaches.rules import NewAuthorityNotice, Risk
from consents.breaches.selectors import count_notices
from consents.people.models import Customer
from consents.people.services import customer_records
from tests.world import breaches as world_of
from tests.world.breaches import by
from tests.world.cast import signed_in
from tests.world.erasing import erase


def case_of(world, breach) -> str:
    return " ".join(signed_in(world.otto.user).get(f"/admin/breaches/{breach.pk}/").text.split())


def test_who_has_no_address_was_not_told_by_email(world):
    silent = customer_records.open_customer_record(reference="C-silent", by=by(world.pia))
    breach = world_of.record_breach(world)
    world_of.assess_breach(world, breach)
    world_of.agree(world, world_of.propose_announcement(world, breach, "C-1001", silent.reference))
    services.carry_out_announcements()

    case = case_of(world, breach)

    assert "not in an email to those without an address" in case and "write them a letter" in case
    assert "Everybody has been told" not in case


def test_who_was_erased_before_was_not_told_and_gets_no_letter(world):
    breach = world_of.record_breach(world)
    world_of.assess_breach(world, breach)
    world_of.tell_authority(world, breach)
    world_of.agree(world, world_of.propose_announcement(world, breach, "C-1001"))
    erase(world)
    services.carry_out_announcements()
    world_of.close_breach(world, breach)

    case = case_of(world, breach)

    assert Customer.objects.get(pk=world.ada.customer.pk).erased_at
    assert case.count("Nobody was told: all had been erased before") == 2
    assert "They were told" not in case and "write them a letter" not in case
    [announcement] = Announcement.objects.values_list("pk", flat=True)
    assert count_notices([announcement])[announcement]["unreached"] == 0


def test_words_that_were_refused_were_sent_to_nobody_and_a_case_without_risk_needs_no_authority(world):
    breach = world_of.record_breach(world)
    world_of.assess_breach(world, breach, Risk.UNLIKELY)
    announcement = world_of.propose_announcement(world, breach, "C-1001")
    settled = NewAuthorityNotice(None, why="Everything was sealed.")
    services.settle_authority(breach=breach.pk, new=settled, officer=world.pia, by=by(world.pia))
    waits = case_of(world, breach)
    decision = {"announcement": announcement.pk, "officer": world.otto, "by": by(world.otto)}
    services.decide_announcement(is_agreed=False, **decision)
    refused = case_of(world, breach)

    assert "The authority need not be told." in refused
    assert "Waits for a second officer" in waits and "Close" not in waits.split("<main")[1]
    assert "Not sent: the second officer did not agree" in refused and "Going out now" not in refused
