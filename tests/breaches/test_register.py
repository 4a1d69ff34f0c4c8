"""A data breach from the first record to the last: the clock, the authority, the people concerned, the end."""

import json
from datetime import timedelta

import pytest

from consents.breaches import rules, selectors, services
from consents.breaches.models import Announcement, BreachNotice
from consents.breaches.rules import BreachState, NewAuthorityNotice, Risk
from consents.breaches.selectors import count_notices
from consents.core import clock
from consents.core.refusals import Unknown
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.notifications.models import Message
from consents.people.models import Customer
from consents.people.selectors import MADE_UP_ADDRESS
from consents.people.services import customer_records
from consents.people.services.holding import NotAnOfficer
from consents.people.two_officers.refusals import AlreadyDecided, AlreadyProposed, NeedsSecondOfficer
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.world import breaches as world_of
from tests.world.breaches import by
from tests.world.cast import make_customer, signed_in
from tests.world.erasing import erase
from tests.world.exports import exported
from tests.world.scene_fixtures import scene


def kinds() -> list[str]:
    return sorted(Message.objects.filter(kind__startswith="breach").values_list("kind", flat=True))


def test_a_breach_is_recorded_judged_told_and_closed(world):
    breach = world_of.record_breach(world)
    world_of.assess_breach(world, breach)
    world_of.tell_authority(world, breach)
    announcement = world_of.tell_ada(world, breach)
    closing = world_of.close_breach(world, breach)

    assert announcement.done_at and closing.why_not_told == ""
    events = Entry.objects.filter(event__startswith="breach.").order_by("id").values_list("event", flat=True)
    assert list(events) == [
        "breach.recorded",
        "breach.assessed",
        "breach.authority_settled",
        "breach.announcement_proposed",
        "breach.announcement_decided",
        "breach.told",
        "breach.announcement_done",
        "breach.closed",
    ]
    assert Entry.objects.get(event="breach.told").customer == world.ada.customer.id
    assert selectors.get_case(breach.pk).state_at(clock.now()) == BreachState.CLOSED
    with pytest.raises(rules.AlreadyClosed):
        world_of.assess_breach(world, breach)


def test_officers_hear_of_it_at_once_and_again_a_day_before_the_end(world, later):
    world_of.record_breach(world)
    assert kinds() == ["breach_recorded"] * 2 and services.remind_of_authority() == 0
    later(timedelta(hours=48))

    assert services.remind_of_authority() == services.remind_of_authority() == 1
    assert kinds() == ["breach_due"] * 3 + ["breach_recorded"] * 2


def test_it_is_late_after_72_hours_and_then_asks_why(world):
    breach = world_of.record_breach(world, timedelta(hours=73))
    assert selectors.get_case(breach.pk).state_at(clock.now()) == BreachState.LATE
    with pytest.raises(rules.WhyLate):
        world_of.tell_authority(world, breach)
    new = NewAuthorityNotice(clock.now(), "DPC", why="It was a holiday.")

    services.settle_authority(breach=breach.pk, new=new, officer=world.pia, by=by(world.pia))

    assert selectors.get_case(breach.pk).state_at(clock.now()) == BreachState.OPEN


@pytest.mark.parametrize("risk", [None, *Risk])
def test_only_a_breach_without_risk_goes_without_the_authority(world, risk):
    breach = world_of.record_breach(world)
    if risk:
        world_of.assess_breach(world, breach, risk)
    settle = {"breach": breach.pk, "new": NewAuthorityNotice(None, why="Sealed."), "officer": world.pia}
    if risk == Risk.UNLIKELY:
        services.settle_authority(**settle, by=by(world.pia))
        assert world_of.close_breach(world, breach, "no_high_risk").why_not_told == "no_high_risk"
    else:
        with pytest.raises(rules.AuthorityMustKnow):
            services.settle_authority(**settle, by=by(world.pia))


def test_nobody_is_told_before_another_officer_agrees(world):
    breach = world_of.record_breach(world)
    with pytest.raises(rules.NotAssessed):
        world_of.propose_announcement(world, breach, "C-1001")
    world_of.assess_breach(world, breach)
    announcement = world_of.propose_announcement(world, breach, "C-1001", "C-1001", "C-none")

    with pytest.raises(NeedsSecondOfficer):
        world_of.agree(world, announcement, world.pia)
    with pytest.raises(NotAnOfficer):
        world_of.agree(world, announcement, world.sam)
    assert services.carry_out_announcements() == 0 and "breach_told" not in kinds()
    assert (announcement.listed, announcement.notices.count()) == (2, 1)
    world_of.agree(world, announcement)
    assert world_of.agree(world, announcement).decided_by_id == world.otto.pk
    assert services.carry_out_announcements() == 1 and kinds().count("breach_told") == 1
    assert services.carry_out_announcements() == 0


def test_words_that_were_refused_reach_nobody(world):
    breach = world_of.record_breach(world)
    world_of.assess_breach(world, breach)
    announcement = world_of.propose_announcement(world, breach, "C-1001")
    decision = {"announcement": announcement.pk, "officer": world.otto, "by": by(world.otto)}

    services.decide_announcement(is_agreed=False, **decision)

    assert services.carry_out_announcements() == 0
    with pytest.raises(AlreadyDecided):
        services.decide_announcement(is_agreed=True, **decision)
    assert world_of.propose_announcement(world, breach, "C-1001")


def test_everybody_is_everybody_in_as_many_goes_as_it_takes(world):
    breach = world_of.record_breach(world)
    world_of.assess_breach(world, breach)
    announcement = world_of.agree(world, world_of.propose_announcement(world, breach))

    told = [services.carry_out_announcements(most=1) for _go in range(3)]

    assert told == [1, 1, 0] and Announcement.objects.get(pk=announcement.pk).done_at
    customers = set(BreachNotice.objects.filter(told_at__isnull=False).values_list("customer_id", flat=True))
    assert customers == {world.ada.customer.id, world.ben.customer.id}


def test_who_was_erased_meanwhile_is_told_of_no_more(real_world):
    world = real_world
    breach = world_of.record_breach(world)
    world_of.assess_breach(world, breach)
    announcement = world_of.agree(world, world_of.propose_announcement(world, breach, "C-1001"))
    erase(world)

    assert services.carry_out_announcements() == 0
    assert Announcement.objects.get(pk=announcement.pk).done_at
    assert not services.notify_customer_of_breach(notice=announcement.notices.get().pk, by=by(world.otto))


@pytest.mark.parametrize(
    ("risk", "why_not", "refusal"),
    [
        (None, "no_high_risk", rules.NotAssessed),
        (Risk.HIGH, "", rules.PeopleMustKnow),
        (Risk.HIGH, "no_high_risk", rules.PeopleMustKnow),
        (Risk.HIGH, "unreadable", rules.AuthorityNotSettled),
    ],
)
def test_it_is_not_closed_while_somebody_must_know(world, risk, why_not, refusal):
    breach = world_of.record_breach(world)
    if risk:
        world_of.assess_breach(world, breach, risk)
    with pytest.raises(refusal):
        world_of.close_breach(world, breach, why_not)


def test_bad_input_gets_a_sentence(world):
    breach = world_of.record_breach(world)
    officer = {"officer": world.pia, "by": by(world.pia)}
    for moment in (clock.now() + timedelta(hours=1), clock.now() - timedelta(days=400)):
        with pytest.raises(rules.NotNoticedYet):
            services.record_breach(noticed_at=moment, summary="x", **officer)
    for changes in ({"harms": []}, {"harms": ["none"]}, {"categories": ["none"]}):
        with pytest.raises(rules.NoSuchKind):
            services.assess_breach(breach=breach.pk, new=world_of.build_assessment(**changes), **officer)
    world_of.assess_breach(world, breach)
    for references, refusal in ((["C-none"], rules.NobodyListed), (map(str, range(5001)), rules.TooManyListed)):
        with pytest.raises(refusal):
            world_of.propose_announcement(world, breach, *references)
    with pytest.raises(rules.MissingWords):
        new = world_of.build_announcement("C-1001", texts={"en": {}})
        services.propose_announcement(breach=breach.pk, new=new, **officer)
    early = NewAuthorityNotice(breach.noticed_at - timedelta(hours=1), "DPC")
    with pytest.raises(rules.ToldBeforeNoticed):
        services.settle_authority(breach=breach.pk, new=early, **officer)
    with pytest.raises(Unknown):
        services.assess_breach(breach=world.ada.customer.id, new=world_of.build_assessment(), **officer)


def test_the_export_says_when_who_was_told_and_by_whom(real_world):
    world = real_world
    breach = world_of.record_breach(world)
    world_of.assess_breach(world, breach)
    world_of.tell_authority(world, breach)
    world_of.tell_ada(world, breach)

    [line] = exported(world, dataset="breaches")

    assert (line["breach_id"], line["risk"], line["people_told"]) == (str(breach.pk), "high", "1")
    assert (line["words_by"], line["words_agreed_by"]) == (str(world.pia.pk), str(world.otto.pk))
    assert line["authority"] == "Data Protection Commission" and line["closed_at"] == ""


def test_while_words_wait_or_go_out_no_others_are_written_and_the_case_stays_open(world):
    breach = world_of.record_breach(world)
    world_of.assess_breach(world, breach)
    world_of.tell_authority(world, breach)
    announcement = world_of.propose_announcement(world, breach, "C-1001")

    for _ in ("waits", "goes out"):
        with pytest.raises(AlreadyProposed):
            world_of.propose_announcement(world, breach, "C-1001")
        with pytest.raises(AlreadyProposed):
            world_of.close_breach(world, breach)
        world_of.agree(world, announcement)
    assert Announcement.objects.get() == announcement
    with pytest.raises(Unknown):
        world_of.agree(world, Announcement(pk=breach.pk))


def test_each_is_told_once_reads_once_and_the_made_up_customer_gets_no_email(world):
    make_customer("C-made-up", MADE_UP_ADDRESS)
    breach = world_of.record_breach(world)
    world_of.assess_breach(world, breach)
    announcement = world_of.agree(world, world_of.propose_announcement(world, breach))
    assert services.carry_out_announcements() == 3 and kinds().count("breach_told") == 2

    assert services.add_customers_to_notify(announcement=announcement.pk, most=9, by=by(world.pia)) == 0
    notice = announcement.notices.get(customer=world.ada.customer).pk
    about = {"notice": notice, "acting": world.ada.acting, "by": world.ada.actor}
    first = services.confirm_reading(**about).read_at
    assert services.confirm_reading(**about).read_at == first
    events = list(Entry.objects.filter(event__startswith="breach.").values_list("event", flat=True))
    assert [events.count(f"breach.{step}") for step in ("customers_listed", "told", "read")] == [1, 3, 1]


# What raw SQL in the application's role cannot do to the register of breaches, with two customers on the scene.

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
