"""Erasure and legal hold against somebody who has the application's password and writes SQL."""

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
from consents.people.services import erasing, holding
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.world.cast import answer, ask, signed_in
from tests.world.erasing import actor, erase, hold, propose
from tests.world.exports import exported
from tests.world.sql.erasing import NEW
from tests.world.sql.erasing import erasing as erasing_erasing

# Officers erase and hold on the staff site; and on the command line.

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


REFUSED = "23001"


def test_done_whole_it_is_allowed(real_world, tried):
    propose(real_world)

    assert tried(*erasing_erasing(real_world.ada.customer.id, real_world.otto.pk)).startswith("allowed")


@pytest.mark.parametrize(
    ("without", "by"),
    [
        ("entry", "people_erasure_on_record"),
        ("second officer", "people_customer_erased_on_record"),
        ("key", "people_customer_erased_on_record"),
        ("acting", "people_customer_erased_on_record"),
        ("customer", "people_erasure_on_record"),
    ],
)
def test_a_step_left_out_undoes_it(real_world, tried, without, by):
    propose(real_world)

    said = tried(*erasing_erasing(real_world.ada.customer.id, real_world.otto.pk, without=without))

    assert said == f"{REFUSED} {by}"


def test_nobody_is_both_officers(real_world, tried):
    propose(real_world)

    said = tried(*erasing_erasing(real_world.ada.customer.id, real_world.pia.pk))

    assert said == "23514 people_erasure_two_officers"


def test_a_requester_is_no_second_officer(real_world, tried):
    propose(real_world)

    assert tried(*erasing_erasing(real_world.ada.customer.id, real_world.sam.pk)) == f"{REFUSED} people_erasure_frozen"


def test_no_customer_is_erased_without_a_proposal(real_world, tried):
    said = tried(*erasing_erasing(real_world.ada.customer.id, real_world.otto.pk, without="entry"))

    assert said == f"{REFUSED} people_customer_erased_on_record"


def test_no_customer_is_erased_under_a_legal_hold(real_world, tried):
    propose(real_world)
    hold(real_world)

    said = tried(*erasing_erasing(real_world.ada.customer.id, real_world.otto.pk))

    assert said == f"{REFUSED} people_customer_erased_on_record"


def test_a_restoration_is_not_to_be_pretended(real_world, tried):
    propose(real_world)
    again = "UPDATE people_erasure SET done_at = portal.now(), original = '\\x00' WHERE customer_id = %(customer)s"

    said = tried(*erasing_erasing(real_world.ada.customer.id, real_world.otto.pk, **{"second officer": again}))

    assert said == f"{REFUSED} people_erasure_frozen"
    assert tried("INSERT INTO ledger_restoration (backup, size, statement) VALUES ('x', 1, '')").startswith("42501")


def test_a_key_goes_with_its_customer_alone(real_world, tried):
    customer = real_world.ada.customer.id

    assert tried(("DELETE FROM people_customerkey WHERE customer_id = %s", [customer])) == (
        f"{REFUSED} people_customerkey_kept"
    )


def test_a_record_leaves_the_vault_with_its_customer_alone(real_world, tried):
    assert tried(("SELECT portal.remove_records(%s)", [real_world.ada.customer.id])) == f"{REFUSED} vault_record_kept"


def test_an_erased_customer_gets_nothing_new(real_world, tried, subtests):
    customer = erase(real_world)
    parameters = {"customer": customer.id, "officer": real_world.otto.pk}

    for table, row in NEW.items():
        with subtests.test(table=table):
            said = tried((f"INSERT INTO {table} {row}", parameters))
            assert said == f"{REFUSED} {table}_not_of_erased"


@pytest.mark.parametrize("whose", ["erased", "nobody's"])
def test_an_erased_or_unknown_customer_gets_no_record(real_world, tried, whose):
    customer = erase(real_world).id if whose == "erased" else uuid4()

    said = tried(
        "SELECT portal.append_entry('vault.stored', NULL, 'portal', '', 'vault', 'records', '', 'job', NULL, '', '{}')",
        (
            "SELECT portal.store_records(ARRAY[gen_random_uuid()], ARRAY[%s::uuid],"
            " ARRAY(SELECT id FROM catalogue_category LIMIT 1), ARRAY[0], ARRAY['{}'::jsonb])",
            [customer],
        ),
    )

    assert said == f"{REFUSED} vault_record_not_of_erased"


@pytest.mark.parametrize("change", ["reference = 'C-1001'", "erased_at = NULL", "language = 'en', erased_at = NULL"])
def test_an_erased_customer_stays_erased(real_world, tried, change):
    customer = erase(real_world)

    assert tried((f"UPDATE people_customer SET {change} WHERE id = %s", [customer.id])) == (
        f"{REFUSED} people_customer_erased_stays"
    )
    assert tried(("DELETE FROM people_customer WHERE id = %s", [customer.id])).startswith("42501")


CLOSED = {
    "people_user_closed_stays": "UPDATE people_user SET email = 'ada@example.com', is_active = true, closed_at = NULL"
    " WHERE id = %(user)s",
    "people_acting_not_of_closed": "INSERT INTO people_acting (user_id, customer_id, capacity)"
    " VALUES (%(user)s, %(other)s, 'agent')",
    "people_evidence_not_of_closed": 'INSERT INTO people_evidence (id, "user", network, browser, language)'
    " VALUES (gen_random_uuid(), %(user)s, '', '', '')",
    "account_emailaddress_not_of_closed": 'INSERT INTO account_emailaddress (email, verified, "primary", user_id)'
    " VALUES ('ada@example.com', true, true, %(user)s)",
    "mfa_authenticator_not_of_closed": "INSERT INTO mfa_authenticator (type, data, user_id, created_at)"
    " VALUES ('totp', '{}', %(user)s, now())",
    "socialaccount_socialaccount_not_of_closed": "INSERT INTO socialaccount_socialaccount"
    " (provider, uid, user_id, extra_data, last_login, date_joined)"
    " VALUES ('staff', 'x', %(user)s, '{}', now(), now())",
}


@pytest.mark.parametrize("trigger", CLOSED)
def test_a_closed_account_stays_closed(real_world, tried, trigger):
    erase(real_world)
    about = {"user": real_world.ada.user.pk, "other": real_world.ben.customer.id}

    assert tried((CLOSED[trigger], about)) == f"{REFUSED} {trigger}"


def test_a_done_erasure_never_changes(real_world, tried):
    erase(real_world)

    for change in ("reason = 'unlawful'", "done_at = NULL, confirmed_by_id = NULL", "proposed_at = portal.now()"):
        assert tried(f"UPDATE people_erasure SET {change}") == f"{REFUSED} people_erasure_frozen"


def test_a_hold_is_lifted_on_record_and_once(real_world, tried):
    placed = hold(real_world)
    lift = "UPDATE people_legalhold SET lifted_by_id = %s, lifted_at = portal.now()"

    assert tried((lift, [real_world.otto.pk])) == f"{REFUSED} people_legalhold_on_record"
    assert tried((lift, [real_world.pia.pk])) == f"{REFUSED} people_legalhold_frozen"
    assert tried("UPDATE people_legalhold SET review_on = review_on + 900") == f"{REFUSED} people_legalhold_frozen"
    holding.lift_hold(hold=placed.pk, officer=real_world.otto, by=actor(real_world.otto))
    assert tried("UPDATE people_legalhold SET lifted_at = NULL, lifted_by_id = NULL") == (
        f"{REFUSED} people_legalhold_frozen"
    )


def test_an_erasure_under_way_is_waited_for(real_world):
    """A hold placed while the erasure has not committed waits, and then is too late; no both."""
    propose(real_world)
    customer, otto = real_world.ada.customer.id, real_world.otto.pk
    with application_speaking() as erasing_one, application_speaking() as other:
        erasing_one.execute("BEGIN")
        for statement in erasing_erasing(customer, otto):
            erasing_one.execute(*statement)
        other.execute("SET lock_timeout = '200ms'")
        key = ("INSERT INTO people_customerkey " + NEW["people_customerkey"], {"customer": customer, "officer": otto})
        assert outcome(other, key).startswith("55P03")
        erasing_one.execute("COMMIT")
        assert outcome(other, key) == f"{REFUSED} people_customerkey_not_of_erased"
    assert Customer.objects.get(pk=customer).erased_at
