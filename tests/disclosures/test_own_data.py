"""Customers see their own data: after a fresh proof, on record as their own look, and nobody else's."""

import pytest
from django.test import Client

from consents.core.refusals import Unknown
from consents.disclosures.models import Opening
from consents.disclosures.services import disclose_own_copy
from consents.ledger.models import Entry
from consents.rights.fulfilment.erasure import list_proposals
from consents.rights.models import RightsRequest
from tests.forms import forms_on
from tests.rights.customer_pages import freshly
from tests.world.cast import answer, ask, put_in_vault, signed_in
from tests.world.erasing import erase
from tests.world.proofs import wait


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
