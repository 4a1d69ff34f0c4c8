"""The detector finds each planted bypass, and nothing in what honest people do; an officer decides each sign once."""

from dataclasses import replace
from datetime import time, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from consents.access.models import Grant
from consents.choices.services import answering as choosing
from consents.core import clock
from consents.core.durations import WorkingHours
from consents.core.refusals import Unknown
from consents.disclosures.services import disclose_records
from consents.exemptions import selectors
from consents.exemptions.bypasses import BypassKind, BypassSign, find_bypass_signs
from consents.exemptions.rules import AlreadyDecided, BypassFinding, SignOfOneself
from consents.exemptions.selectors import BypassAlert
from consents.exemptions.services import filing
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import appending
from consents.notifications.models import Message
from consents.people.services.holding import NotAnOfficer
from tests.world.cast import answer, ask, make_customer, signed_in
from tests.world.exemptions import by_staff, decide, file_order, note_conflict, open_emergency
from tests.world.telephone import answer_by_telephone

PAGE = "/admin/bypasses/"


def found() -> list[BypassKind]:
    return [sign.sign for sign in find_bypass_signs(clock.now())]


def test_honest_work_leaves_no_sign(real_world):
    world = real_world
    allowed = answer(world, ask(world, "orders", case_number="T-1"))
    disclose_records(grant=allowed.grants.get().pk, staff=world.sam.pk, by=by_staff(world.sam))
    ask(world, "contact", case_number="T-1", customer=world.ben)
    choosing.give_consent(
        customer=world.ada.customer.id, purpose="support", version=world.version.pk, by=world.ada.actor
    )
    decide(world, file_order(world, "contact"))
    open_emergency(world, "health", member=world.kim)

    assert found() == []


def claim_as(kind: str, world) -> None:
    """What the ledger would tell of a member of staff who claims a customer's record."""
    appending.append_entry(
        event="record.claimed",
        by=Actor(kind, str(world.sam.pk)),
        customer=world.ada.customer.id,
        object_type="customer",
        object=world.ada.customer.id,
    )


@pytest.mark.parametrize("kind", ["customer", "representative"])
def test_staff_who_act_in_the_customers_place_are_found(world, kind):
    claim_as(kind, world)

    assert found() == [BypassKind.IN_THEIR_PLACE]


def test_an_answer_by_telephone_is_no_sign_and_is_listed_and_one_without_its_proof_is_found(world):
    request = answer_by_telephone(world, ask(world, "orders"))
    assert found() == []
    page = signed_in(world.otto.user).get(PAGE).text
    assert "Answers by telephone" in page and "Pia Example" in page

    forged = {"object_type": "access_request", "object": request.pk, "outcome": "approved"}
    forged |= {"details": {"caller_code": str(uuid4())}, "customer": world.ada.customer.id}
    with transaction.atomic():  # the ledger tells what no table holds, which each test is asked for at its end
        appending.append_entry(event="access_request.answered", by=by_staff(world.pia), **forged)
        assert found() == [BypassKind.IN_THEIR_PLACE]
        transaction.set_rollback(True)


def test_staff_who_change_an_address_are_found(world):
    appending.append_entry(
        event="customer.address_changed",
        by=by_staff(world.pia),
        customer=world.ada.customer.id,
        object_type="customer",
        object=world.ada.customer.id,
    )

    assert found() == [BypassKind.ADDRESS_CHANGED]


def test_one_case_number_for_many_customers_is_found(world):
    for number in range(3):
        customer = make_customer(f"C-20{number}", f"many{number}@example.com")
        ask(world, "contact", customer=customer, case_number="T-9")

    (sign,) = find_bypass_signs(clock.now())
    assert (sign.sign, sign.staff, sign.what) == (BypassKind.ONE_CASE, world.sam.pk, "T-9")


def look(world, *, exempted: bool = False) -> None:
    """Sam looks at Ada's orders: she allowed it, or an emergency demanded it."""
    if exempted:
        grant = Grant.objects.get(exemption=open_emergency(world, "health").pk)
    else:
        grant = answer(world, ask(world, "orders", case_number="T-1")).grants.get()
    disclose_records(grant=grant.pk, staff=world.sam.pk, by=by_staff(world.sam))


@pytest.fixture
def at_noon(later) -> None:
    """Tomorrow: the hour does not end between the look and what is said of hours."""
    now = clock.now()
    later(now.replace(hour=12, minute=0) + timedelta(days=1) - now)


def work_at(hour: int, settings) -> None:
    settings.PORTAL_WORKING_HOURS = WorkingHours(list(range(1, 8)), time(hour), time(hour, 59, 59))


@pytest.mark.parametrize(("hour", "signs"), [(12, []), (14, [BypassKind.OUTSIDE_HOURS])])
def test_a_look_outside_working_hours_is_found(real_world, at_noon, settings, hour, signs):
    look(real_world)
    work_at(hour, settings)

    assert found() == signs


def test_an_emergency_has_no_hours(real_world, at_noon, settings):
    look(real_world, exempted=True)
    work_at(14, settings)

    assert found() == []


@pytest.mark.parametrize(("noted", "signs"), [("sam", [BypassKind.CONFLICT]), ("kim", []), ("", [BypassKind.CONFLICT])])
def test_a_look_at_somebody_one_knows_is_found(real_world, noted, signs):
    world = real_world
    staff = getattr(world, noted).pk if noted else None
    note = note_conflict(world, staff=staff)
    look(world)

    assert found() == signs

    filing.lift_conflict(conflict=note, officer=world.otto, by=by_staff(world.otto))
    assert found() == signs  # what was seen while the note stood stays a sign


def test_a_look_after_the_note_was_lifted_is_none(real_world):
    world = real_world
    note = note_conflict(world, staff=world.sam.pk)
    filing.lift_conflict(conflict=note, officer=world.otto, by=by_staff(world.otto))
    look(world)

    assert found() == []


@pytest.fixture
def alert(world) -> BypassAlert:
    """Sam claimed Ada's record, and the job has made a case of it."""
    claim_as("customer", world)
    assert filing.raise_bypass_alerts() == 1
    return selectors.list_alerts(9)[0]


def decide_alert(alert: BypassAlert, officer, finding: str = "put_right") -> None:
    filing.decide_bypass_alert(alert=alert.id, finding=BypassFinding(finding), officer=officer, by=by_staff(officer))


def test_a_sign_becomes_one_case_and_one_email(world, alert):
    assert filing.raise_bypass_alerts() == 0
    sign = next(sign for sign in find_bypass_signs(clock.now()) if sign.alert == alert.id)
    assert not filing.raise_bypass_alert(sign=sign, by=PORTAL)

    assert (alert.sign, alert.staff, alert.finding) == (BypassKind.IN_THEIR_PLACE, world.sam.pk, "")
    assert alert.customer == world.ada.customer.id
    (mail,) = Message.objects.filter(kind="bypass_found")
    assert mail.user == world.otto.user and mail.context == {}
    assert selectors.count_open_alerts(world.otto.pk) == 1


def test_an_officer_decides_it_once_on_its_page(world, alert):
    otto, page = signed_in(world.otto.user), f"{PAGE}{alert.id}/"
    assert "sign of a bypass to decide" in otto.get("/admin/").content.decode()
    assert page in otto.get(PAGE).content.decode()
    assert otto.post(page, {}).status_code == 422

    assert otto.post(page, {"finding": "put_right", "token": str(uuid4())}).status_code == 302

    shown = otto.get(page).content.decode()
    assert "put right with the customer" in shown and "Otto" in shown and 'name="finding"' not in shown
    assert selectors.count_open_alerts(world.otto.pk) == 0
    assert Entry.objects.get(event="bypass.decided").actor == str(world.otto.pk)


def test_a_decision_stands(world, alert):
    decide_alert(alert, world.otto)
    decide_alert(alert, world.otto)
    with pytest.raises(AlreadyDecided):
        decide_alert(alert, world.otto, "in_order")
    with pytest.raises(Unknown):
        decide_alert(replace(alert, id=uuid4()), world.otto)
    assert Entry.objects.filter(event="bypass.decided").count() == 1


def test_nobody_decides_a_sign_about_themselves(world):
    sign = BypassSign(BypassKind.OWN_ACCOUNT, clock.now(), world.otto.pk, world.ada.customer.id, "vault.opened", "1")
    filing.raise_bypass_alert(sign=sign, by=PORTAL)

    assert not Message.objects.filter(kind="bypass_found").exists()
    shown = signed_in(world.otto.user).get(f"{PAGE}{sign.alert}/").text
    assert "This sign is about you" in shown and 'name="finding"' not in shown
    assert [selectors.count_open_alerts(one.pk) for one in (world.otto, world.pia)] == [0, 1]
    with pytest.raises(SignOfOneself):
        decide_alert(selectors.list_alerts(9)[0], world.otto)
    with pytest.raises(NotAnOfficer):
        decide_alert(selectors.list_alerts(9)[0], world.pia)


def test_raw_sql_decides_no_case_twice(world, alert):
    decide_alert(alert, world.otto)
    again = {"object_type": "bypass_alert", "object": alert.id, "outcome": "in_order"}
    with pytest.raises(IntegrityError, match="exemptions_alert_once"), transaction.atomic():
        appending.append_entry(event="bypass.decided", by=by_staff(world.otto), **again)


@pytest.mark.parametrize(("who", "status"), [("otto", 200), ("pia", 403), ("sam", 403)])
def test_only_the_compliance_officer_reads_the_pages(world, alert, who, status):
    client = signed_in(getattr(world, who).user)

    assert client.get(PAGE).status_code == client.get(f"{PAGE}{alert.id}/").status_code == status
    assert client.get(f"{PAGE}{uuid4()}/").status_code in (403, 404)


def test_the_pages_ask_a_bounded_number_of_questions(world, django_assert_max_num_queries):
    otto = signed_in(world.otto.user)
    for number in range(12):
        sign = BypassSign(BypassKind.OWN_ACCOUNT, clock.now(), world.sam.pk, world.ada.customer.id, "x", str(number))
        filing.raise_bypass_alert(sign=sign, by=PORTAL)
    with django_assert_max_num_queries(12):
        assert otto.get(PAGE).status_code == 200


def test_a_house_lived_in_honestly_shows_no_sign(lived_in):
    assert find_bypass_signs(clock.now()) == []
