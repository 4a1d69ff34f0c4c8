"""What raw SQL in the application's role cannot do to the register of breaches, with two customers on the scene."""

import json

import pytest

from consents.breaches import services
from consents.breaches.models import BreachNotice
from consents.ledger.rules import PORTAL
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.world import breaches as world_of
from tests.world.scene_fixtures import scene

TELL = "SELECT portal.append_entry(%s, %s::uuid, %s, %s::text, 'breach', %s::text, '', 'admin', NULL, %s, %s)"
DECIDE = "UPDATE breaches_announcement SET is_agreed = true, decided_by_id = %s, decided_at = portal.now()"
LIST = "INSERT INTO breaches_breachnotice (id, announcement_id, customer_id) VALUES (gen_random_uuid(), %s, %s)"
TOLD = "UPDATE breaches_breachnotice SET told_at = portal.now()"
CLOSE = """
INSERT INTO breaches_closing (breach_id, why_not_told, lessons, closed_by_id, closed_at)
VALUES (%s, %s, 'x', %s, portal.now())
"""


@scene
def proposed(real_world):
    breach = world_of.record_breach(real_world)
    world_of.assess_breach(real_world, breach)
    return world_of.propose_announcement(real_world, breach, "C-1001")


def told(step: str, breach, officer, said: str = "", **details) -> tuple:
    return TELL, [f"breach.{step}", None, "staff", str(officer), str(breach), said, json.dumps(details)]


def test_nobody_agrees_to_their_own_words_or_in_anothers_name(real_world, proposed):
    world, breach = real_world, proposed.breach_id

    def decided(by, entry_by, said="agreed") -> tuple:
        entry = told("announcement_decided", breach, entry_by.pk, said, announcement=str(proposed.pk))
        return entry, (DECIDE, [by.pk])

    with application_speaking() as application:
        assert "breaches_announcement_two_officers" in outcome(application, *decided(world.pia, world.pia))
        assert "breaches_announcement_frozen" in outcome(application, *decided(world.sam, world.sam))
        for wrong in (decided(world.otto, world.pia), decided(world.otto, world.otto, "refused")):
            assert "breaches_announcement_on_record" in outcome(application, *wrong)
        assert "breaches_announcement_on_record" in outcome(application, (DECIDE, [world.otto.pk]))
        assert outcome(application, *decided(world.otto, world.otto)).startswith("allowed")


def test_nobody_is_told_who_is_not_on_the_list_that_was_agreed_to(real_world, proposed):
    world = real_world
    notice = proposed.notices.get()
    entry = (
        TELL,
        [
            "breach.told",
            world.ada.customer.id,
            "portal",
            "",
            str(notice.pk),
            "",
            json.dumps({"breach": str(proposed.breach_id)}),
        ],
    )
    listed = told("announcement_proposed", proposed.breach_id, world.pia.pk, "listed", announcement=str(proposed.pk))
    with application_speaking() as application:
        assert "breaches_breachnotice_frozen" in outcome(application, entry, TOLD)  # not agreed to yet
        ben = (LIST, [proposed.pk, world.ben.customer.id])
        assert "breaches_breachnotice_frozen" in outcome(application, listed, ben)
        world_of.agree(world, proposed)
        assert "breaches_breachnotice_frozen" in outcome(application, listed, ben)
        moved = f"{TOLD}, customer_id = '{world.ben.customer.id}'"
        assert "breaches_breachnotice_frozen" in outcome(application, entry, moved)
        assert "breaches_breachnotice_on_record" in outcome(application, TOLD)
        assert outcome(application, entry, TOLD).startswith("allowed")
    assert BreachNotice.objects.get().customer_id == world.ada.customer.id


@pytest.mark.parametrize("why_not", ["", "no_high_risk", "published"])
def test_a_breach_does_not_end_while_somebody_must_know(real_world, proposed, why_not):
    closing = CLOSE, [proposed.breach_id, why_not, real_world.pia.pk]
    entry = told("closed", proposed.breach_id, real_world.pia.pk)
    with application_speaking() as application:
        assert "breaches_closing_settled" in outcome(application, entry, closing)


def test_nothing_of_it_is_changed_or_deleted(real_world, proposed):
    with application_speaking() as application:
        for table in ("breach", "assessment", "announcementtext", "announcement", "breachnotice"):
            assert outcome(application, f"DELETE FROM breaches_{table}").startswith("42501")
        assert outcome(application, "UPDATE breaches_assessment SET risk = 'unlikely'").startswith("42501")
        assert "_frozen" in outcome(application, "UPDATE breaches_announcement SET listed = 9")


def test_not_everybody_is_told_while_somebody_was_left_out(real_world):
    world = real_world
    breach = world_of.record_breach(world)
    world_of.assess_breach(world, breach)
    announcement = world_of.propose_announcement(world, breach)
    world_of.agree(world, announcement)
    done = "UPDATE breaches_announcement SET done_at = portal.now() WHERE id = %s"
    entry = told("announcement_done", breach.pk, world.pia.pk, announcement=str(announcement.pk))
    with application_speaking() as application:
        assert "breaches_announcement_frozen" in outcome(application, entry, (done, [announcement.pk]))
        services.add_customers_to_notify(announcement=announcement.pk, most=1, by=PORTAL)
        services.notify_customer_of_breach(notice=announcement.notices.get().pk, by=PORTAL)
        assert "breaches_announcement_frozen" in outcome(application, entry, (done, [announcement.pk]))
        services.carry_out_announcements()
    announcement.refresh_from_db()
    assert announcement.done_at
