"""The "Open data" page of staff: what was allowed, while it is allowed, each look on record first."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from consents.access.rules.blocks import BlockKind
from consents.access.rules.causes import WORDS, EndCause
from consents.access.services import ending
from consents.access.services.blocking import place_block
from consents.choices.services import withdrawing
from consents.core.refusals import Unknown
from consents.disclosures.models import Opening
from consents.disclosures.services import disclose_own_copy, disclose_records
from consents.disclosures.staff import pages
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.people.services import staff_members
from consents.rights.fulfilment.erasure import list_proposals
from consents.rights.models import RightsRequest
from tests.forms import forms_on
from tests.rights.officer_pages import freshly
from tests.world.cast import answer, ask, put_in_vault, signed_in
from tests.world.erasing import erase
from tests.world.exemptions import file_order
from tests.world.proofs import wait
from tests.world.scene_fixtures import scene


def address(request) -> str:
    return f"/admin/open/{request.pk}/"


def grant_of(request, code: str = "orders"):
    return request.grants.get(category__code=code)


def look(client: Client, request, code: str = "orders"):
    return client.post(address(request), {"grant": str(grant_of(request, code).pk)})


def text(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.fixture
def sam(real_world) -> Client:
    return signed_in(real_world.sam.user)


@scene
def allowed(real_world):
    return answer(real_world, ask(real_world, "orders", "contact"), "part", "orders")


def test_getting_the_page_shows_no_data_and_records_nothing(sam, allowed):
    page = text(sam.get(address(allowed)))

    assert "Open: Orders" in page and "Blue lamp" not in page
    assert "Contact details" not in page
    assert not Opening.objects.exists()


def test_a_press_shows_one_kind_of_data_and_is_on_record(sam, allowed):
    page = text(look(sam, allowed))

    assert "Blue lamp" in page and "Chair" in page and '<th scope="col">Price</th>' in page
    assert "Each time you open data, it is recorded" in page
    assert Opening.objects.get().grant == grant_of(allowed)


def test_a_single_record_is_a_list_of_facts(sam, real_world):
    request = answer(real_world, ask(real_world, "contact"))

    assert "<dt>Name</dt><dd>Ada Marker</dd>" in text(look(sam, request, "contact"))


def test_no_answer_is_kept_by_any_cache(sam, allowed):
    status = f"{address(allowed)}{grant_of(allowed).pk}/"

    for response in (sam.get(address(allowed)), look(sam, allowed), sam.get(status)):
        assert "no-store" in response["Cache-Control"]


def test_the_page_leaves_by_itself_at_the_end(sam, allowed):
    seconds, url = look(sam, allowed)["Refresh"].split("; url=")

    assert 7100 < int(seconds) <= 7201 and url == address(allowed)


def end_by_stop(world, request):
    ending.stop_access(access_request=request.pk, customer=world.ada.customer.id, by=world.ada.actor)


def end_by_withdrawal(world, request):
    withdrawing.withdraw_consent(customer=world.ada.customer.id, purpose="support", by=world.ada.actor)


@pytest.mark.parametrize(("end", "why"), [(end_by_stop, "stopped"), (end_by_withdrawal, "said no to this purpose")])
def test_after_the_end_there_is_a_reason_and_no_data(sam, real_world, allowed, end, why):
    status = f"{address(allowed)}{grant_of(allowed).pk}/"
    assert "Blue lamp" in text(look(sam, allowed)) and sam.get(status).status_code == 204

    end(real_world, allowed)

    for response in (sam.get(address(allowed)), look(sam, allowed)):
        assert response.status_code == 403
        assert why in text(response) and "Blue lamp" not in text(response)
    fragment = text(sam.get(status))
    assert why in fragment and "<html" not in fragment
    assert 'id="access" hx-swap-oob="true"' in fragment and "until" not in fragment
    assert Opening.objects.count() == 1


def test_it_ends_by_time_with_no_worker(sam, allowed, later):
    look(sam, allowed)

    later(timedelta(hours=2, seconds=1))

    response = look(sam, allowed)
    assert response.status_code == 403 and "is over" in text(response)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda world: ask(world, "orders"), "has not answered yet"),
        (lambda world: answer(world, ask(world, "orders"), "none"), "did not allow"),
    ],
)
def test_without_a_yes_there_is_nothing_to_open(sam, real_world, make, why):
    response = sam.get(address(make(real_world)))

    assert response.status_code == 403 and why in text(response)


def test_a_request_nobody_answered_opens_nothing(sam, real_world, later):
    request = ask(real_world, "orders", answer_within=timedelta(hours=1))

    later(timedelta(hours=1, seconds=1))

    assert "No one answered in time" in text(sam.get(address(request)))


@pytest.mark.parametrize("who", ["kim", "pia", "otto"])
def test_somebody_elses_request_answers_like_one_that_does_not_exist(real_world, allowed, who):
    client = signed_in(getattr(real_world, who).user)

    for response in (client.get(address(allowed)), look(client, allowed), client.get(f"/admin/open/{uuid4()}/")):
        assert response.status_code == 404 and response.templates[0].name == "404.html"
    assert not Opening.objects.exists()


@pytest.mark.parametrize("grant", ["", "x", "\0", "0c9f1a52-5f0e-4a52-9a50-8f7c1f1d2b11"])
def test_a_made_up_grant_opens_nothing(sam, allowed, grant):
    assert sam.post(address(allowed), {"grant": grant}).status_code == 404
    assert not Opening.objects.exists()


def test_a_grant_of_another_request_opens_nothing_here(sam, real_world, allowed):
    other = answer(real_world, ask(real_world, "contact"))

    assert sam.post(address(allowed), {"grant": str(grant_of(other, "contact").pk)}).status_code == 404


def test_ended_staff_open_nothing(sam, real_world, allowed):
    staff_members.end_staff_membership(member=real_world.sam, by=PORTAL)

    response = look(sam, allowed)
    assert response.status_code == 302 and "/admin/login/" in response.url


def test_the_record_links_to_it_while_access_runs(sam, real_world, allowed):
    record = f"/admin/access/accessrequest/{allowed.pk}/change/"
    assert address(allowed) in text(sam.get(record))

    end_by_stop(real_world, allowed)

    assert address(allowed) not in text(sam.get(record))


def test_data_of_which_access_ends_while_it_is_read_is_not_shown(sam, real_world, allowed, monkeypatch):
    def end_after_reading(**about):
        seen = disclose_records(**about)
        end_by_stop(real_world, allowed)
        return seen

    monkeypatch.setattr(pages, "disclose_records", end_after_reading)
    response = look(sam, allowed)

    assert response.status_code == 403 and "Blue lamp" not in text(response) and "stopped" in text(response)
    assert Opening.objects.count() == 1


def test_where_nothing_was_ever_opened_the_page_says_why(sam, real_world):
    blocked = ask(real_world, "orders")
    place_block(customer=blocked.customer_id, kind=BlockKind.EVERYBODY, by=real_world.ada.actor)
    for subject, why in (
        (blocked, WORDS[EndCause.NOBODY].staff),
        (file_order(real_world, "orders"), "This exemption has opened nothing."),
    ):
        response = sam.get(address(subject))
        assert response.status_code == 403 and str(why) in text(response)


def test_the_state_of_a_grant_that_is_not_there_is_not_told(sam, allowed):
    assert sam.get(f"{address(allowed)}{uuid4()}/").status_code == 404


# Customers see their own data: after a fresh proof, on record as their own look, and nobody else's.


@pytest.fixture
def ada(real_world) -> Client:
    return freshly(real_world.ada)


def test_all_of_it_is_shown_and_on_record_as_their_own_look(real_world, ada):
    assert "Ada Marker" not in ada.get("/my-data/").content.decode() and not Opening.objects.exists()

    page = ada.post("/my-data/").content.decode()

    assert all(text in page for text in ("Contact details", "Ada Marker", "Blue lamp", "Marker allergy", "Sensitive"))
    assert Opening.objects.get().kind == "own_copy"
    told = Entry.objects.get(event="vault.own_copy")
    assert (told.actor_kind, told.actor) == ("customer", str(real_world.ada.user.pk))
    log = ada.get("/activity/").content.decode()
    assert "Your own copy" in log and "/my-data/" in log


def test_before_answering_they_see_what_the_request_would_show_and_no_more(real_world, ada):
    request = ask(real_world, "orders")
    assert f"/requests/{request.pk}/see/" in ada.get(f"/requests/{request.pk}/").content.decode()

    page = ada.post(f"/requests/{request.pk}/see/").content.decode()

    assert "Sam from Billing Support" in page and "Blue lamp" in page
    assert "Ada Marker" not in page and "Marker allergy" not in page
    request.refresh_from_db()
    assert request.state == "pending"


def test_an_old_proof_does_not_show_it(real_world, ada):
    wait(ada, 3600)

    for send in (ada.get, ada.post):
        assert "reauthenticate" in send("/my-data/").url
    assert not Opening.objects.exists()


def test_nobody_sees_what_a_request_to_somebody_else_would_show(real_world, ada):
    request = ask(real_world, "contact", customer=real_world.ben)

    assert ada.post(f"/requests/{request.pk}/see/").status_code == 404
    assert not Opening.objects.exists()


def test_staff_see_no_such_page_whatever_they_were_allowed(real_world):
    request = answer(real_world, ask(real_world))
    sam = signed_in(real_world.sam.user)

    for path in ("/my-data/", f"/requests/{request.pk}/see/"):
        assert sam.post(path).url == "/admin/"
    assert not Opening.objects.exists()


def test_a_wrong_value_leads_to_its_correction_with_the_old_beside_the_new(real_world, ada):
    page = ada.post("/my-data/")
    (wrong,) = [one.fields for one in forms_on(page) if one.fields.get("stands_contact.phone")]

    asked = ada.post("/rights/correct-value/", wrong)

    html = asked.content.decode()
    assert "Now it reads: 555-0100" in html and 'name="right_phone" value="555-0100"' in html
    assert "right_name" not in html
    (form,) = [one.fields for one in forms_on(asked) if "right_phone" in one.fields]
    form |= {"done": ["category", "correction"]}
    unchanged = ada.post("/rights/correct-value/", form)
    assert unchanged.status_code == 422 and "This is what it reads now" in unchanged.content.decode()
    check = ada.post("/rights/correct-value/", form | {"right_phone": "555-0199"})
    assert "555-0199 (now: 555-0100)" in check.content.decode()
    (send,) = [one.fields for one in forms_on(check) if "right_phone" in one.fields]
    assert ada.post("/rights/correct-value/", form | send | {"done": form["done"], "send": "1"}).status_code == 302
    assert list_proposals(RightsRequest.objects.get())[0].right == "555-0199"


def test_a_wrong_value_of_one_of_several_entries_names_the_entry(real_world, ada):
    orders = [{"item": "Red chair", "price": "80"}, {"item": "Blue lamp", "price": "12"}]
    put_in_vault(real_world.ada.customer, real_world.categories["orders"], *orders)

    entries = {one.fields.get("which_entry") for one in forms_on(ada.post("/my-data/"))}

    assert {"Red chair, 80", "Blue lamp, 12"} < entries


def test_a_made_up_value_harms_nobody(real_world, ada):
    sent = {"done": "category", "category": "contact", "stands_contact.phone": "<script>", "stands_x": "\0"}

    html = ada.post("/rights/correct-value/", sent).content.decode()

    assert "<script>" not in html.split("Now it reads")[1][:60] and "&lt;script&gt;" in html


def test_of_who_was_erased_no_copy_is_made(real_world):
    erase(real_world)

    with pytest.raises(Unknown):
        disclose_own_copy(customer=real_world.ada.customer.pk, by=real_world.ada.actor)
    assert not Opening.objects.exists()
