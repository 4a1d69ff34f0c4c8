"""A purpose ends by two privacy officers: one asks, another confirms, refuses, or the first takes it back."""

import json
from types import SimpleNamespace

import pytest

from consents.access.models import AccessRequest
from consents.catalogue.models import Purpose, Retirement
from consents.catalogue.services import publishing, versions
from consents.catalogue.services.publishing import ProposerLeft
from consents.catalogue.services.versions import PurposeRetired
from consents.home import staff_emails
from consents.home.staff_emails import count_waiting_work
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.notifications.models import Message, StaffPreference
from consents.notifications.services import choosing
from consents.people.models import Role
from consents.people.services.holding import NotAnOfficer
from consents.people.services.staff_members import end_staff_membership
from tests.architecture.mutation.attempts.catalogue import RETIRE
from tests.architecture.mutation.attempts.statements import told
from tests.world.cast import ask, make_staff, signed_in
from tests.world.retirements import by_officer, cancel_end, confirm_end, propose_end, retire
from tests.world.scene_fixtures import scene


@scene
def waiting(world) -> SimpleNamespace:
    """Quinn has asked for the end of a purpose for which Ada has not answered yet: `retirement`, `asked`."""
    world.asked = ask(world, "orders")
    world.retirement = propose_end(world.purpose, world.quinn)
    return world


def is_in_use(world) -> bool:
    return Purpose.objects.get(pk=world.purpose.pk).retired_at is None


def read_work(member) -> dict[str, int]:
    return {work.code: number for work, number in count_waiting_work(member)}


def entries_about(purpose, *events: str) -> list[Entry]:
    return list(Entry.objects.filter(object=str(purpose.pk), event__in=events).order_by("id"))


def test_nothing_ends_before_a_second_officer_confirms_it(waiting):
    assert is_in_use(waiting)
    assert AccessRequest.objects.get(pk=waiting.asked.pk).state == "pending"
    ask(waiting, "contact")

    confirm_end(waiting.retirement, waiting.pia)

    assert not is_in_use(waiting)
    assert AccessRequest.objects.get(pk=waiting.asked.pk).state == "cancelled"


def test_both_officers_are_on_record(waiting):
    confirm_end(waiting.retirement, waiting.pia)

    proposed, retired = entries_about(waiting.purpose, "retirement.proposed", "purpose.retired")
    quinn, pia, id = str(waiting.quinn.pk), str(waiting.pia.pk), str(waiting.retirement.pk)
    assert (proposed.actor, json.loads(proposed.details)) == (quinn, {"retirement": id, "officer": quinn})
    assert retired.actor == pia
    assert json.loads(retired.details) == {"retirement": id, "proposed_by": quinn, "confirmed_by": pia}


@pytest.mark.parametrize("who", ["quinn", "pia"])
def test_the_first_takes_it_back_or_another_refuses_it(waiting, who):
    officer = getattr(waiting, who)
    cancel_end(waiting.retirement, officer)
    cancel_end(waiting.retirement, officer)

    (entry,) = entries_about(waiting.purpose, "retirement.cancelled")
    assert (entry.actor, is_in_use(waiting)) == (str(officer.pk), True)
    assert propose_end(waiting.purpose, waiting.pia) != waiting.retirement


def test_asking_again_changes_nothing(waiting):
    assert propose_end(waiting.purpose, waiting.quinn) == waiting.retirement

    assert len(entries_about(waiting.purpose, "retirement.proposed")) == 1


def test_no_compliance_officer_asks_or_decides(waiting):
    for decide in (confirm_end, cancel_end):
        with pytest.raises(NotAnOfficer):
            decide(waiting.retirement, waiting.otto)


def test_nothing_is_asked_for_what_is_retired(waiting):
    confirm_end(waiting.retirement, waiting.pia)

    with pytest.raises(PurposeRetired):
        propose_end(waiting.purpose, waiting.pia)


def test_what_has_ended_is_not_ended_again_nor_changed(world):
    """A proposal may be older than the end where a restore has repeated it."""
    ended = retire(world.purpose)
    before, older = Entry.objects.count(), Retirement(purpose=ended, proposed_by=world.quinn.user)

    with pytest.raises(PurposeRetired):
        publishing.check_may_end(older)
    with pytest.raises(PurposeRetired):
        versions.save_purpose(purpose=ended, by=by_officer(world.pia))
    publishing.retire_purpose_again(purpose=ended, by=PORTAL)

    assert Purpose.objects.get(pk=ended.pk).retired_at == ended.retired_at and Entry.objects.count() == before


def test_what_somebody_asked_for_who_has_left_is_not_confirmed(waiting):
    end_staff_membership(member=waiting.quinn, by=by_officer(waiting.pia))

    with pytest.raises(ProposerLeft):
        confirm_end(waiting.retirement, waiting.pia)
    cancel_end(waiting.retirement, waiting.pia)
    assert is_in_use(waiting)


def test_it_waits_for_every_other_privacy_officer_and_for_nobody_once_decided(waiting):
    assert (read_work(waiting.pia), read_work(waiting.quinn), read_work(waiting.otto)) == ({"retire": 1}, {}, {})

    confirm_end(waiting.retirement, waiting.pia)
    assert read_work(waiting.pia) == {}


def test_whoever_wants_it_is_told_at_once_by_email(world):
    rita = make_staff("rita@example.com", Role.PRIVACY_OFFICER, "Privacy", "Rita")
    for officer in (world.quinn, rita):
        choosing.choose_staff_emails(member=officer, told=StaffPreference.Told.EACH, by=by_officer(officer))
    propose_end(world.purpose, world.quinn)

    staff_emails.notify_of_new_work()

    (message,) = Message.objects.filter(kind="work_began")
    assert (message.user_id, message.context["case"]) == (rita.pk, "support")


def act(client, world, action: str, **more: str):
    sent = {"CHANGE_FORM-action": action, "_selected_action": str(world.purpose.pk)} | more
    return client.post(f"/admin/catalogue/purpose/{world.purpose.pk}/change/", sent, follow=True)


def test_the_second_officer_reads_who_asked_and_what_would_end(waiting):
    pia = signed_in(waiting.pia.user)
    page = pia.get(f"/admin/catalogue/purpose/{waiting.purpose.pk}/change/").text
    assert "Quinn" in page and "1 unanswered request ends." in page
    assert "running access" not in page and "no longer counts" not in page
    assert "Take the retirement back" not in page

    assert "1 unanswered request ends." in act(pia, waiting, "confirm_retirement").text
    assert "In use; its end waits" in pia.get("/admin/catalogue/purpose/").text
    act(pia, waiting, "confirm_retirement", confirm="1")
    assert not is_in_use(waiting) and ">Retired<" in pia.get("/admin/catalogue/purpose/").text


def test_the_first_officer_may_only_take_it_back(waiting):
    quinn = signed_in(waiting.quinn.user)
    page = quinn.get(f"/admin/catalogue/purpose/{waiting.purpose.pk}/change/").text
    assert "Take the retirement back" in page and "Confirm the retirement" not in page

    assert "another privacy officer must check it" in act(quinn, waiting, "confirm_retirement", confirm="1").text
    assert "Keep the purpose “support”?" in act(quinn, waiting, "take_back_retirement").text
    assert is_in_use(waiting) and read_work(waiting.pia) == {"retire": 1}
    act(quinn, waiting, "take_back_retirement", confirm="1")
    assert read_work(waiting.pia) == {}


def test_a_late_press_says_what_has_happened_since(waiting):
    rita = make_staff("rita@example.com", Role.PRIVACY_OFFICER, "Privacy", "Rita")
    confirm_end(waiting.retirement, waiting.pia)

    for action in ("confirm_retirement", "refuse_retirement"):
        response = act(signed_in(rita.user), waiting, action, confirm="1")
        assert response.status_code == 200 and "no longer waiting" in response.text


def test_where_nothing_was_asked_there_is_nothing_to_decide(world):
    pia = signed_in(world.pia.user)
    for action in ("confirm_retirement", "refuse_retirement", "take_back_retirement"):
        assert act(pia, world, action, confirm="1").status_code == 404
        assert pia.get(f"/admin/catalogue/purpose/{world.purpose.pk}/act/{action}/").status_code == 302


REFUSED = "23001"
CHECKED = "23514"
NEW = "11111111-2222-4333-8444-555555555555"
PROPOSE = "INSERT INTO catalogue_retirement (id, purpose_id, proposed_by_id) VALUES (%s, %s, %s)"
CONFIRM = "UPDATE catalogue_retirement SET approved_at = portal.now(), approved_by_id = %s WHERE id = %s"
CANCEL = "UPDATE catalogue_retirement SET cancelled_at = portal.now(), cancelled_by_id = %s WHERE id = %s"
FROZEN = f"{REFUSED} catalogue_retirement_frozen"
BY_TWO = f"{REFUSED} catalogue_purpose_retired_now"


def confirmed(officer, retirement):
    return CONFIRM, [officer.pk, str(retirement)]


def retired(world, retirement, second):
    officers = {"proposed_by": str(world.quinn.pk), "confirmed_by": str(second.pk)}
    return told("purpose.retired", world.purpose.pk, retirement=str(retirement), **officers)


def test_no_officer_retires_a_purpose_alone(real_world, tried):
    retirement = propose_end(real_world.purpose, real_world.quinn).pk
    entry = retired(real_world, retirement, real_world.quinn)
    retire = (RETIRE, [real_world.purpose.pk])

    assert tried(entry, retire) == BY_TWO
    assert tried(entry, confirmed(real_world.quinn, retirement), retire) == (
        f"{CHECKED} catalogue_retirement_two_officers"
    )
    entry = retired(real_world, retirement, real_world.pia)
    assert tried(entry, confirmed(real_world.pia, retirement), retire).startswith("allowed")


def test_a_confirmation_serves_its_own_purpose_alone(real_world, tried):
    retirement = propose_end(real_world.purpose, real_world.quinn).pk
    entry = retired(real_world, retirement, real_world.pia)
    make_other = "INSERT INTO catalogue_purpose (id, code, usage, answer_within, access_default, access_most)"
    other = f"{make_other} VALUES (987654, 'x', 'both', '1 day', '1 hour', '1 day')"
    drafted = told("purpose.drafted", 987654, teams=[])

    said = tried(entry, drafted, other, confirmed(real_world.pia, retirement), (RETIRE, [987654]))

    assert said == BY_TWO


def test_no_compliance_officer_asks_confirms_or_cancels(real_world, tried):
    retirement, otto = propose_end(real_world.purpose, real_world.quinn).pk, real_world.otto
    assert tried((PROPOSE, [NEW, real_world.purpose.pk, otto.pk])) == FROZEN
    assert tried(confirmed(otto, retirement)) == FROZEN
    assert tried((CANCEL, [otto.pk, str(retirement)])) == FROZEN


def test_an_approval_comes_with_the_end_on_record(real_world, tried):
    pia, purpose = real_world.pia, real_world.purpose.pk
    retirement = str(propose_end(real_world.purpose, real_world.quinn).pk)
    named = retired(real_world, retirement, pia)

    assert tried(named, confirmed(pia, retirement)) == f"{REFUSED} catalogue_retirement_takes_effect"
    assert tried(told("purpose.retired", purpose), confirmed(pia, retirement), (RETIRE, [purpose])) == (
        f"{REFUSED} catalogue_purpose_retired_on_record"
    )
    assert tried(named, confirmed(pia, retirement), (RETIRE, [purpose])).startswith("allowed")
