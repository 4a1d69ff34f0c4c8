"""The value that stands now, beside the one proposed: shown to the officer who works on it, on record, nobody else."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from consents.access.rules.blocks import BlockKind
from consents.access.services.blocking import place_block
from consents.copies.services import packages
from consents.copies.staff.admin import RequestWithCopyAdmin
from consents.core.refusals import Unknown
from consents.disclosures.models import Opening
from consents.disclosures.services import DamagedData, disclose_own_copy
from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.ledger.models import Entry
from consents.people.models import Role
from consents.rights.models import RightsRequest
from consents.rights.refusals import AlreadyAnswered, ClosedToYou, ColleagueHasIt, IdentityFirst
from consents.rights.rules import Format, Outcome, Reply, WhyNotCorrected
from consents.rights.services import correcting, noting
from consents.rights.services.handling import hand_over_rights_request
from consents.vault.services.storing import NoSuchRecord
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.copies.collecting import granted, taken
from tests.forms import forms_on, sent
from tests.rights.handling import PRICE, decide, proposed
from tests.rights.officer_pages import LIST, first_press, freshly, record, text
from tests.world.cast import put_in_vault, signed_in
from tests.world.holders import share_account
from tests.world.rights_requests import PHONE, answer, ask_back, by_staff, entries, file, file_correction, type_in
from tests.world.scene_fixtures import scene

NAME = {"category": "contact", "field": "name", "right": "Ada M. Marker"}
REFUSED = Reply(Outcome.DENIED, Format.DOWNLOAD, "It is right.", Reason.NOT_COVERED)
READ = "SELECT sealed IS NOT NULL, is_whole FROM portal.read_value_in_question(%s)"
OPEN = """INSERT INTO disclosures_opening (id, kind, staff_id, customer_id, category_id, field, request)
    VALUES (%s, 'correction', %s, %s, %s, %s, %s)"""
TELL = "SELECT portal.append_entry(%s, %s, %s, %s, 'rights_request', %s, '', 'portal', NULL, '', %s)"


def look(world, request, officer=None, place=0) -> str:
    officer = officer or world.pia
    return noting.look_at_value(rights_request=request.pk, place=place, officer=officer, by=by_staff(officer))


def test_the_officer_sees_what_stands_now_and_it_is_on_record(real_world):
    request = proposed(real_world, PHONE)

    assert look(real_world, request) == "555-0100"

    opening = Opening.objects.get()
    assert (opening.kind, opening.field, opening.request) == ("correction", "phone", request.pk)
    entry = Entry.objects.get(event="vault.compared")
    assert (entry.customer, entry.actor, entry.object) == (
        real_world.ada.customer.id,
        str(real_world.pia.pk),
        str(request.pk),
    )
    assert "555-0100" not in entry.canonical
    assert request.__class__.objects.get(pk=request.pk).handler_id == real_world.pia.pk


def test_the_customer_reads_of_it_and_of_whom_and_of_which_value(real_world):
    look(real_world, proposed(real_world, PHONE))

    page = signed_in(real_world.ada.user).get("/activity/").content.decode()

    assert "Pia" in page and "Phone" in page
    assert "You asked us to correct this value" in page and "1 person looked once" in page


def test_the_pages_show_both_and_ask_once_more(real_world):
    request, pia = proposed(real_world, PHONE), signed_in(real_world.pia.user)
    page = first_press(pia, request, "review_values")
    (form,) = forms_on(page, "place")

    asked = sent(pia, form, path=record(request), decision="accept")

    for shown in (page, asked):
        assert "555-0100" in text(shown) and "555-0199" in text(shown)
    assert "Save this value in the vault?" in text(asked)
    assert Opening.objects.filter(kind="correction").count() == 2


def test_a_colleague_reads_why_they_see_nothing(real_world):
    request, otto = proposed(real_world, PHONE), signed_in(real_world.otto.user)
    look(real_world, request)

    page = first_press(otto, request, "review_values")

    assert "555-0100" not in text(page) and "works on this request" in text(page)


def test_their_copy_names_the_look(real_world):
    look(real_world, proposed(real_world, PHONE))
    request = granted(real_world)
    packages.make_package(rights_request=request.pk)

    (told,) = [one for one in json.loads(taken(real_world, request))["looks"] if one["kind"] == "correction"]

    assert (told["by"], told["what"]) == ("Pia from Privacy", "Contact details: Phone")


def test_nothing_stands_where_the_company_knows_no_value(real_world):
    email = {"category": "contact", "field": "email", "right": "ada@new.example"}

    request = proposed(real_world, email)

    assert look(real_world, request) == ""
    with pytest.raises(Unknown):
        look(real_world, request, place=1)
    assert Opening.objects.count() == 1


def test_what_was_put_back_from_an_earlier_time_is_not_shown(real_world, monkeypatch):
    request = proposed(real_world, PHONE)
    monkeypatch.setattr(noting, "READ_VALUE", noting.READ_VALUE.replace("is_whole", "false"))
    with pytest.raises(DamagedData):
        look(real_world, request)


def test_it_is_closed_to_whoever_does_not_work_on_it_or_may_not_look(real_world):
    request = proposed(real_world, PHONE)
    look(real_world, request)
    with pytest.raises(ColleagueHasIt):
        look(real_world, request, real_world.otto)
    place_block(customer=real_world.ada.customer.id, kind=BlockKind.EVERYBODY, by=real_world.ada.actor)
    with pytest.raises(ClosedToYou):
        look(real_world, request)
    assert Opening.objects.count() == 1


def test_it_is_closed_before_it_is_known_who_asks_and_after_the_answer(real_world):
    unknown = type_in(real_world, Type.RECTIFICATION, scope=("contact",), said={"proposals": [PHONE]})
    with pytest.raises(IdentityFirst):
        look(real_world, unknown)
    request = file_correction(real_world.ada, Type.RECTIFICATION, (NAME,))
    decide(real_world, request, why_not=WhyNotCorrected.ACCURATE)
    answer(real_world, request, REFUSED)
    with pytest.raises(AlreadyAnswered):
        look(real_world, request)


def test_of_several_entries_it_is_the_one_the_customer_means(real_world):
    request = proposed(real_world, PRICE)
    with pytest.raises(NoSuchRecord):
        look(real_world, request)
    ada = real_world.ada
    second = disclose_own_copy(customer=ada.customer.id, by=ada.actor).records[real_world.categories["orders"].pk][1]

    correcting.choose_entry(rights_request=request.pk, customer=ada.customer.id, entry=second.id, by=ada.actor)

    assert look(real_world, request) == second.values["price"]


def committed(world, worked_on, /, **changes) -> str:
    """An opening for a correction by hand, with its entry; `changes` say something else than the request."""
    opening = str(uuid4())
    about = {
        "staff": world.pia.pk,
        "customer": world.ada.customer.id,
        "category": world.categories["contact"].pk,
        "field": "phone",
        "request": worked_on.pk,
    } | changes
    actor = changes.pop("actor", about["staff"])
    event = about.pop("event", "vault.compared")
    about.pop("actor", None)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(OPEN, [opening, *about.values()])
        told = json.dumps({"opening": opening})
        cursor.execute(TELL, [event, about["customer"], "staff", str(actor), str(about["request"]), told])
    return opening


def read(opening: str) -> str:
    with application_speaking() as application:
        return outcome(application, (READ, [opening]))


@scene
def worked_on(real_world):
    """Ada's correction, which Pia works on; Ben has the same kinds of data, and asks for the same."""
    put_in_vault(real_world.ben.customer, real_world.categories["contact"], {"name": "Ben", "phone": "555-0200"})
    request = proposed(real_world, PHONE)
    look(real_world, request)
    return request


def test_in_sql_an_opening_shows_its_value_alone(real_world, worked_on):
    opening = committed(real_world, worked_on)

    assert read(opening) == "allowed [(True, True)]"
    with application_speaking() as application:
        named = ("SELECT set_config('portal.opening', %s, false)", [opening])
        assert outcome(application, named, "SELECT count(*) FROM vault_record") == "allowed [(0,)]"


@pytest.mark.parametrize("change", ["customer", "field", "category", "staff", "request"])
def test_in_sql_no_opening_for_another_customer_field_officer_or_request(real_world, worked_on, change):
    bens = file_correction(real_world.ben, Type.RECTIFICATION, (PHONE,))
    other = {
        "customer": real_world.ben.customer.id,
        "field": "name",
        "category": real_world.categories["orders"].pk,
        "staff": real_world.otto.pk,
        "request": bens.pk,
    }
    with pytest.raises(IntegrityError, match="a value in question"):
        committed(real_world, worked_on, **{change: other[change]})


def test_in_sql_it_needs_its_own_entry_by_that_officer(real_world, worked_on):
    for changes in ({"event": "vault.opened"}, {"actor": real_world.otto.pk}):
        with pytest.raises(IntegrityError, match="with its ledger entry"):
            committed(real_world, worked_on, **changes)


def test_in_sql_what_was_opened_closes_with_the_answer(real_world, worked_on):
    opening = committed(real_world, worked_on)
    decide(real_world, worked_on, why_not=WhyNotCorrected.ACCURATE)
    answer(real_world, worked_on, REFUSED)

    assert read(opening) == "allowed []"


def test_in_sql_it_closes_with_time_and_with_another_officer(real_world, worked_on, later):
    handed, old = committed(real_world, worked_on), committed(real_world, worked_on)
    for officer in (real_world.otto, real_world.pia):
        hand_over_rights_request(
            rights_request=worked_on.pk, to=officer.pk, officer=real_world.pia, by=by_staff(real_world.pia)
        )
        assert read(handed) == ("allowed []" if officer == real_world.otto else "allowed [(True, True)]")
    later(timedelta(seconds=31))
    assert read(old) == "allowed []"


def test_in_sql_its_own_transaction_sees_nothing(real_world, worked_on):
    opening = str(uuid4())
    with transaction.atomic(), connection.cursor() as cursor:
        contact = real_world.categories["contact"].pk
        cursor.execute(OPEN, [opening, real_world.pia.pk, real_world.ada.customer.id, contact, "phone", worked_on.pk])
        cursor.execute(READ, [opening])
        assert cursor.fetchall() == []
        transaction.set_rollback(True)


def test_in_sql_nobody_picks_a_value_without_an_opening(real_world, worked_on):
    picked = "SELECT portal.pick_value(NULL, %s, %s, 'phone')"
    with application_speaking() as application:
        refused = outcome(application, (picked, [real_world.ada.customer.id, real_world.categories["contact"].pk]))
    assert refused == "42501 permission denied for function pick_value"


def test_a_value_that_cannot_be_saved_has_no_button_to_save_it(real_world, subtests):
    """Before it is known who asks, where an entry must be chosen first, and where another holder has not agreed."""
    pia, proposals = signed_in(real_world.pia.user), {"said": {"proposals": [PHONE]}}
    unknown = type_in(real_world, Type.RECTIFICATION, scope=("contact",), **proposals)
    requests = (
        ("We do not know yet who made this request", False, unknown),
        ("customer must choose one", True, proposed(real_world, PRICE)),
    )
    for why, decides, request in requests:
        with subtests.test(why):
            page = text(first_press(pia, request, "review_values"))

            assert why in page and "Save it in the vault" not in page
            assert ("Refuse this value" in page) is decides
    share_account(real_world)

    otto = signed_in(real_world.otto.user)  # Pia stands for the other holder's code
    page = text(first_press(otto, proposed(real_world, NAME), "review_values"))

    assert "must all agree to this" in page and "Save it in the vault" not in page and "Refuse this value" in page


@pytest.fixture
def ada(world) -> Client:
    return signed_in(world.ada.user)


def page_of(request, name: str = "") -> str:
    return f"/rights/requests/{request.number}/{name}"


def test_where_no_entry_and_no_yes_is_missing_the_request_is_shown(world):
    request, ada = file(world.ada), freshly(world.ada)
    for name in ("entry/", "agree/"):
        for response in (ada.get(page_of(request, name)), ada.post(page_of(request, name), {"entry": str(uuid4())})):
            assert response.status_code == 302 and response.url == page_of(request)
    assert entries(request) == ["filed"]


def test_a_correction_says_at_least_one_thing(world, ada):
    typed = {"category": "contact", "right_phone": "", "done": ["category", "correction"]}
    response = ada.post("/rights/rectification/", typed)

    assert response.status_code == 422 and "Type how at least one of them should read." in text(response)
    assert not RightsRequest.objects.exists()


def test_a_question_that_was_never_asked_is_not_there(world, ada):
    request = ask_back(world, file(world.ada))

    assert ada.get(page_of(request, "reply/0/")).status_code == 404


def test_codes_are_tried_and_mailed_so_often_and_no_more(world, ada, settings):
    once = {"collect": "1/5m/ip", "reauthenticate_code": "1/10m/user"}
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | once
    stranger, typed = Client(REMOTE_ADDR="192.0.2.79"), {"number": "RQ-2222-2222", "code": "BCDF-GHJK-MNPQ"}
    page = page_of(file(world.ada, is_fresh=False), "confirm/")

    assert [stranger.post("/rights/answer/", typed).status_code for _ in range(2)] == [422, 429]
    assert [ada.post(page, {"send": "1", "token": str(uuid4())}).status_code for _ in range(2)] == [302, 429]


def test_whoever_may_type_in_nothing_has_no_page_for_it(world, monkeypatch):
    monkeypatch.setattr(RequestWithCopyAdmin, "may_add", {Role.COMPLIANCE_OFFICER})

    assert signed_in(world.sam.user).get(f"{LIST}add/").status_code == 404
