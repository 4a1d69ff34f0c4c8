"""What waits for a member of staff: tiles, the lists behind them and emails count alike."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils.html import escape

from consents.catalogue.models import PurposeVersion
from consents.catalogue.services import versions
from consents.core import clock
from consents.exports.rules import Dataset
from consents.home import staff_emails
from consents.home.staff_emails import count_waiting_work
from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.ledger.models import Entry
from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message, StaffPreference
from consents.notifications.services import choosing
from consents.people.models import Acting, Role, User
from consents.people.services import claiming, customer_records
from consents.people.services.staff_members import NoLongerHere, end_staff_membership
from consents.rights.rules import Format, Outcome, Reply
from consents.rights.services import requester_actions
from tests.rights.noting import leave_out
from tests.rights.noting import write as write_note
from tests.world import breaches
from tests.world.cast import answer as answer_access
from tests.world.cast import ask, make_staff, signed_in
from tests.world.colleagues import propose_reset
from tests.world.erasing import actor, propose
from tests.world.exemptions import file_order
from tests.world.exports import make
from tests.world.rights_requests import answer, file, search
from tests.world.sessions import act_for

DAILY, EACH = StaffPreference.Told.DAILY, StaffPreference.Told.EACH
OWN = "/admin/your-emails/"


def draft(world) -> PurposeVersion:
    """By Quinn."""
    return versions.draft_next_version(purpose=world.purpose, officer=world.quinn.user, by=actor(world.quinn))


def make_personal_export(world):
    """Asked for by Otto; Rita, the other compliance officer, is to approve it."""
    rita = make_staff("rita@example.com", Role.COMPLIANCE_OFFICER, "Compliance", "Rita")
    return make(world, dataset=Dataset.REQUESTS, personal=True), rita


@pytest.fixture
def busy(world) -> SimpleNamespace:
    """Something of every kind waits, made by Pia unless she is the one to decide."""
    answer_access(world, ask(world, "orders"), "all")
    search(world, asked := file(world.ada))
    leave_out(world, write_note(world, asked, "For @Otto."), "Otto")
    write_note(world, asked, "Once more for @Otto.")
    file(world.ben, Type.PORTABILITY)
    refused = answer(
        world, file(world.ada, Type.AUTOMATED), Reply(Outcome.DENIED, Format.EMAIL, "No.", Reason.LEGAL, "Art 23")
    )
    requester_actions.appeal_answer(
        rights_request=refused.pk, customer=world.ada.customer.pk, why="", by=world.ada.actor
    )
    propose(world, world.ben)
    unreached = customer_records.open_customer_record(reference="C-9", by=actor(world.pia))
    claiming.propose_claim_code(
        customer=unreached.pk, capacity=Acting.Capacity.SELF, officer=world.pia, by=actor(world.pia)
    )
    propose_reset(world.pia, world.kim)
    file_order(world)
    breach = breaches.record_breach(world)
    breaches.assess_breach(world, breach)
    breaches.propose_announcement(world, breach, "C-1001")
    make_personal_export(world)
    draft(world)
    return world


def tiles_of(client: Client) -> dict[str, int]:
    return {tile["url"]: tile["number"] for tile in client.get("/admin/").context["waiting"]}


@pytest.mark.parametrize("who", ["pia", "otto", "quinn", "sam", "rita"])
def test_tiles_and_the_lists_behind_them_count_alike(busy, who):
    client = signed_in(User.objects.get(email=f"{who}@example.com"))
    tiles = tiles_of(client)

    assert tiles
    for url, number in tiles.items():
        context = client.get(url).context
        if "cl" in context:
            assert number == context["cl"].result_count == len(context["cl"].result_list), url


def test_each_kind_waits_for_whom_it_is_for(busy):
    def kinds(member) -> dict[str, int]:
        return {work.code: number for work, number in count_waiting_work(member)}

    assert kinds(busy.pia) == {"own": 1, "free": 1, "decide": 1, "publish": 1}
    assert kinds(busy.otto) == {
        "free": 1,
        "appeals": 1,
        "mentions": 1,
        "redactions": 1,
        "announcements": 1,
        "erasures": 1,
        "codes": 1,
        "rights": 1,
    }
    assert kinds(busy.sam) == {"running": 1}


def test_nobody_is_led_to_a_matter_of_their_own(real_world):
    file(real_world.ben)
    propose(real_world, real_world.ben)
    act_for(real_world.otto.pk, real_world.ben.customer.pk)

    assert {work.code for work, _number in count_waiting_work(real_world.otto)} == set()
    assert {work.code for work, _number in count_waiting_work(real_world.pia)} == {"free"}


def test_where_nothing_waits_the_page_says_so(world):
    quinn = signed_in(world.quinn.user)
    assert "Nothing waits for you." in quinn.get("/admin/").text
    # The page of one room does not count what waits.
    assert "Nothing waits for you." not in quinn.get("/admin/people/").text


def test_the_page_asks_a_bounded_number_of_questions(busy, django_assert_max_num_queries):
    client = signed_in(busy.otto.user)
    client.get("/admin/")
    with django_assert_max_num_queries(24):
        client.get("/admin/")


def emails_to(member, kind: str) -> list[Message]:
    return list(Message.objects.filter(kind=kind, user=member.user).order_by("queued_at"))


def choose(member, told) -> None:
    choosing.choose_staff_emails(member=member, told=told, by=actor(member))


def test_one_email_a_day_says_what_the_tiles_say_the_readers_own_first(busy, mailoutbox):
    assert staff_emails.send_daily_emails() >= 3
    assert staff_emails.send_daily_emails() == 0
    (message,) = emails_to(busy.pia, "work_of_the_day")
    deliver_message(message=message.pk)

    (mail,) = mailoutbox
    assert mail.subject == "What waits for you today"
    own, shared = mail.body.index("Yours:"), mail.body.index("For anyone of your role:")
    listed = {
        line.rpartition(": ")[2]: int(line.partition(" ")[0]) for line in mail.body.splitlines() if ": http" in line
    }
    assert own < shared
    assert listed == {
        f"{settings.PORTAL_URL}{url}": number for url, number in tiles_of(signed_in(busy.pia.user)).items()
    }


def test_to_whom_nothing_waits_nobody_writes(world):
    assert staff_emails.send_daily_emails() == 0


def test_whoever_wants_it_hears_of_each_new_thing_once_by_its_name(world, later, mailoutbox):
    before = file(world.ada)
    choose(world.otto, EACH)
    later(timedelta(minutes=1))
    request = file(world.ben, Type.PORTABILITY)
    erasure = propose(world, world.ben)

    assert (staff_emails.notify_of_new_work(), staff_emails.notify_of_new_work()) == (2, 0)

    for message in emails_to(world.otto, "work_began"):
        deliver_message(message=message.pk)
    assert {mail.subject for mail in mailoutbox} == {
        f"New privacy request: {request.number}",
        f"Erasure to check: {str(erasure.pk)[:8]}",
    }
    text = "".join(mail.body for mail in mailoutbox)
    assert f"{settings.PORTAL_URL}/admin/rights/rightsrequest/{request.pk}/change/" in text
    assert before.number not in text and not emails_to(world.pia, "work_began")


def test_an_export_and_a_purpose_are_told_at_once_too(world, later):
    _before, rita = make_personal_export(world)
    for officer in (world.pia, world.otto, world.quinn, rita):
        choose(officer, EACH)
    later(timedelta(minutes=1))
    export = make(world, dataset=Dataset.REQUESTS, personal=True)
    version = draft(world)

    staff_emails.notify_of_new_work()

    told = {(message.user_id, message.context["case"]) for message in Message.objects.filter(kind="work_began")}
    assert (world.pia.pk, f"{version.purpose.code} {version.number}") in told
    assert (world.otto.pk, export.filename) not in told and (rita.pk, export.filename) in told
    assert not any(user == world.quinn.pk for user, _case in told)


def test_how_one_is_told_is_chosen_on_a_page_and_on_record(world):
    sam = signed_in(world.sam.user)

    assert sam.post(OWN, {"told": "each"}).url == OWN
    choose(world.sam, EACH)

    (entry,) = Entry.objects.filter(event="staff_emails.chosen")
    assert (entry.object, entry.outcome, entry.customer) == (str(world.sam.pk), "each", None)
    assert 'value="each"' in sam.get(OWN).text and "checked" in sam.get(OWN).text


@pytest.mark.parametrize("data", [{}, {"told": "never"}, {"told": "\0"}], ids=["nothing", "unknown", "odd"])
def test_any_other_choice_gets_a_sentence(world, data):
    response = signed_in(world.sam.user).post(OWN, data)

    assert response.status_code == 422 and escape("Choose how we email you.") in response.text


def test_who_has_left_chooses_nothing_and_hears_nothing(world, later):
    choose(world.otto, EACH)
    end_staff_membership(member=world.otto, by=actor(world.pia))
    later(timedelta(minutes=1))
    file(world.ben)

    assert staff_emails.notify_of_new_work() == 0
    with pytest.raises(NoLongerHere):
        choose(world.otto, DAILY)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO notifications_staffpreference (member_id, told) VALUES (%s, 'each')",
        "UPDATE notifications_staffpreference SET told = 'each' WHERE member_id = %s",
    ],
    ids=["new", "changed"],
)
def test_the_database_refuses_a_choice_of_staff_that_is_not_on_record(real_world, statement):
    if statement.startswith("UPDATE"):
        choose(real_world.sam, EACH)
        choose(real_world.sam, DAILY)
    with pytest.raises(IntegrityError, match="ledger entry"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [real_world.sam.pk])


def test_the_day_begins_in_the_companys_morning(world, later):
    midnight = clock.now().replace(hour=0, minute=30) + timedelta(days=2)
    later(midnight - datetime.now(UTC))

    assert not staff_emails.is_morning_over()

    later(midnight - datetime.now(UTC) + timedelta(hours=13))
    assert staff_emails.is_morning_over()
