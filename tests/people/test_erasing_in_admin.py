"""Officers erase and hold on the staff site; and on the command line."""

import re
from io import StringIO
from uuid import uuid4

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.management import CommandError, call_command

from consents.access.rules import GrantEnd
from consents.ledger.models import Entry
from consents.ledger.services import sealing
from consents.people.models import Customer, Erasure, LegalHold
from consents.people.services import erasing
from tests.world.cast import answer, ask, signed_in
from tests.world.erasing import actor, erase, hold, propose
from tests.world.exports import exported

ERASE = "/admin/people/erasure/add/"
HOLD = "/admin/people/legalhold/add/"


def text(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def press(client, row, action: str, **more):
    name = type(row)._meta.model_name
    values = {"CHANGE_FORM-action": action, "_selected_action": row.pk} | more
    return client.post(f"/admin/people/{name}/{row.pk}/change/", values, follow=True)


@pytest.fixture
def pia(world):
    return signed_in(world.pia.user)


@pytest.fixture
def otto(world):
    return signed_in(world.otto.user)


@pytest.mark.parametrize("who", ["C-1001", " ada@example.com "])
def test_one_proposes_and_another_erases(world, pia, otto, who):
    running = answer(world, ask(world, "orders"), "all")
    page = pia.post(ERASE, {"who": who, "reason": "requested"}, follow=True)
    row = Erasure.objects.get()
    assert "another officer must review it" in text(page)
    assert "Erase for good" not in text(page)

    asked = press(otto, row, "erase")
    assert "1 running access ends at once." in text(asked) and not Customer.objects.get(pk=row.customer_id).erased_at
    done = press(otto, row, "erase", confirm="1")

    assert (
        "The customer has been erased." in text(done) and "Pia Example" in text(done) and "Otto Example" in text(done)
    )
    assert Customer.objects.get(pk=row.customer_id).erased_at
    assert {grant.end for grant in running.grants.all()} == {GrantEnd.COMPANY}


def test_the_proposer_cannot_press_it(world, pia):
    row = propose(world)

    press(pia, row, "erase", confirm="1")

    assert not Customer.objects.get(pk=row.customer_id).erased_at


def test_the_first_page_leads_another_officer_to_it(world, pia, otto):
    assert "erasure to check" not in text(otto.get("/admin/"))
    propose(world)

    assert "<strong>1</strong> erasure to check" in text(otto.get("/admin/"))
    assert "erasure to check" not in text(pia.get("/admin/"))


def test_the_page_says_what_goes_and_what_stays(pia):
    page = text(pia.get(ERASE))

    assert "What is removed" in page and "at least 24 months" in page


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({}, "Type the customer number"),
        ({"who": "C-0", "reason": "requested"}, "No single customer"),
        ({"who": "C-1001"}, "Choose why"),
        ({"who": "C-1001", "reason": "whim"}, "Select a valid choice"),
        ({"who": "\0", "reason": "requested"}, "Null characters"),
    ],
)
def test_it_says_what_is_wrong_and_repeats_nothing(pia, sent, words):
    response = pia.post(ERASE, sent)

    assert response.status_code == 422 and words in text(response)
    assert not sent.get("who") or f'value="{sent["who"]}"' not in text(response)


def test_every_look_up_is_on_record(world, pia):
    pia.post(ERASE, {"who": "C-0", "reason": "requested"})

    entry = Entry.objects.get(event="customer.looked_up")
    assert (entry.actor, entry.outcome) == (str(world.pia.pk), "not_found")


def test_a_form_sent_twice_looks_nobody_up_again(world, pia):
    sent = {"who": "C-1001", "reason": "requested", "token": str(uuid4())}

    assert pia.post(ERASE, sent).url == pia.post(ERASE, sent).url
    assert Entry.objects.filter(event="customer.looked_up").count() == 1


def test_a_hold_is_told_with_reason_and_day(world, pia, otto):
    row = propose(world)
    placed = hold(world)

    page = text(press(otto, row, "erase", confirm="1"))
    assert "a court order" in page and str(placed.review_on.year) in page and "Erase for good" not in page
    assert not Customer.objects.get(pk=row.customer_id).erased_at

    press(otto, placed, "lift", confirm="1")
    press(otto, row, "erase", confirm="1")
    assert Customer.objects.get(pk=row.customer_id).erased_at


def test_a_hold_is_placed_by_a_compliance_officer(world, pia, otto):
    sent = {"who": "C-1001", "reason": "authority", "document": "77/26", "review_on": "2026-01-01"}
    assert "between tomorrow and one year" in text(otto.post(HOLD, sent))
    sent["review_on"] = hold(world, customer=world.ben.customer.id).review_on.isoformat()
    assert pia.post(HOLD, sent).status_code == 404

    page = text(otto.post(HOLD, sent, follow=True))

    assert "77/26" in page and LegalHold.objects.filter(customer=world.ada.customer).exists()
    assert "77/26" not in Entry.objects.filter(event="legal_hold.placed").last().canonical


def test_requesters_see_none_of_it(world):
    row, sam = propose(world), signed_in(world.sam.user)

    for address in (ERASE, HOLD, "/admin/people/erasure/", f"/admin/people/erasure/{row.pk}/change/"):
        assert sam.get(address).status_code in (403, 404), address


def test_the_proof_of_erasure_can_be_taken_away(real_world, settings, tmp_path):
    otto = signed_in(real_world.otto.user)
    row = propose(real_world)
    assert otto.get(f"/admin/people/erasure/{row.pk}/proof/").status_code == 404
    erasing.erase_customer(customer=row.customer_id, officer=real_world.otto, by=actor(real_world.otto))
    sealing.seal_entries(keys=settings.PORTAL_KEYS, storage=FileSystemStorage(location=tmp_path))

    proof = otto.get(f"/admin/people/erasure/{row.pk}/proof/").json()

    assert '"event":"customer.erased"' in proof["entry"]


def command(*words: str) -> str:
    out = StringIO()
    call_command("erase_customer", *words, stdout=out)
    return out.getvalue()


def test_the_command_erases(world):
    said = command("C-1001", "--by", "pia@example.com", "--confirmed-by", "otto@example.com")

    assert str(world.ada.customer.id) in said
    assert Customer.objects.get(pk=world.ada.customer.id).erased_at


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["C-0", "--by", "pia@example.com", "--confirmed-by", "otto@example.com"], 2),
        (["C-1001", "--by", "nobody@example.com", "--confirmed-by", "otto@example.com"], 2),
        (["C-1001", "--by", "pia@example.com", "--confirmed-by", "pia@example.com"], 1),
        (["C-1001", "--by", "sam@example.com", "--confirmed-by", "otto@example.com"], 1),
    ],
)
def test_the_command_refuses_and_changes_nothing(world, words, code):
    with pytest.raises(CommandError) as refusal:
        command(*words)

    assert refusal.value.returncode == code
    assert not Erasure.objects.exists()


def test_exports_name_an_erased_customer_by_the_pseudonym_alone(real_world):
    answer(real_world, ask(real_world, "orders"), "all")
    erase(real_world)

    rows = exported(real_world)

    assert {row["subject_ref"] for row in rows} == {str(real_world.ada.customer.id)}
    assert "C-1001" not in str(rows) and "ada@" not in str(rows)
