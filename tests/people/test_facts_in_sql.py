"""Names, claim codes and what is known of a customer, against somebody with the application's password."""

from datetime import date
from uuid import uuid4

import pytest

from consents.people.models import Acting, ClaimCode
from consents.people.services import claiming, customer_records
from tests.architecture.mutation.attempts.statements import told
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.world.cast import make_user, put_on_list
from tests.world.claim_codes import make_claim_code
from tests.world.erasing import actor
from tests.world.scene_fixtures import scene

REFUSED = "23001"
FACTS = f"{REFUSED} people_customer_facts_on_record"
CODE = f"{REFUSED} people_claimcode_on_record"
USED = "UPDATE people_claimcode SET used_by_id = %s, used_at = portal.now() WHERE customer_id = %s"
PROPOSED = (
    "INSERT INTO people_claimcode (id, customer_id, capacity, proposed_by_id)"
    " VALUES ('00000000-0000-4000-8000-000000000001', %s, 'guardian', %s)"
)
TELL = (
    "SELECT portal.append_entry(%s, %s::uuid, 'staff', %s::text, 'x', %s::text, '', 'job', NULL, %s,"
    " jsonb_build_object('officer', %s::text, 'claim_code', %s::text, 'user', %s::text)::text)"
)


@scene
def coded(real_world):
    """A record that a code leads to."""
    record = customer_records.open_customer_record(reference="C-77", by=actor(real_world.pia))
    make_claim_code(customer=record, officer=real_world.pia.user, by=actor(real_world.pia))
    return record.pk


@pytest.mark.parametrize("change", ["born_on = '2000-01-01'", "country = 'US'", "region = 'CA'", "language = 'es'"])
def test_what_is_known_of_a_customer_changes_on_record(real_world, tried, change):
    ada = real_world.ada.customer.pk
    update = (f"UPDATE people_customer SET {change} WHERE id = %s", [ada])

    assert tried(update) == FACTS
    assert tried(told("customer.looked_up", ada, ada), update) == FACTS
    assert tried(told("customers.imported", "list"), update).startswith("allowed")


@pytest.mark.parametrize("other", ["", ", born_on = '2000-01-01'"], ids=["alone", "with a birth date"])
def test_a_customer_chooses_a_language_and_nothing_else(real_world, tried, other):
    ada = real_world.ada.customer.pk
    update = (f"UPDATE people_customer SET language = 'es'{other} WHERE id = %s", [ada])

    by_her = ("customer", real_world.ada.user.pk)
    said = tried(told("customer.language_chosen", ada, ada, by_her), update)

    assert said == FACTS if other else said.startswith("allowed")
    assert tried(told("customer.language_chosen", ada, real_world.ben.customer.pk, by_her), update) == FACTS
    for another in (("customer", real_world.ben.user.pk), ("staff", real_world.pia.pk), ("portal", "")):
        assert tried(told("customer.language_chosen", ada, ada, another), update) == FACTS


@pytest.mark.parametrize("other", ["", ", language = 'es'"], ids=["alone", "with a language"])
def test_a_customer_chooses_a_time_zone_and_nothing_else(real_world, tried, other):
    ada = real_world.ada.customer.pk
    update = (f"UPDATE people_customer SET time_zone = 'Asia/Kolkata'{other} WHERE id = %s", [ada])

    by_her = ("customer", real_world.ada.user.pk)
    said = tried(told("customer.time_zone_chosen", ada, ada, by_her), update)

    assert said == FACTS if other else said.startswith("allowed")
    assert tried(told("customers.imported", "list"), update) == FACTS
    assert tried(told("customer.time_zone_chosen", ada, real_world.ben.customer.pk, by_her), update) == FACTS
    for another in (("customer", real_world.ben.user.pk), ("staff", real_world.pia.pk), ("portal", "")):
        assert tried(told("customer.time_zone_chosen", ada, ada, another), update) == FACTS


def test_the_list_says_what_is_known(real_world):
    put_on_list(real_world.ada.customer, born_on=date(2000, 1, 1), country="DE")

    real_world.ada.customer.refresh_from_db()
    assert (real_world.ada.customer.born_on, real_world.ada.customer.country) == (date(2000, 1, 1), "DE")


@pytest.mark.parametrize("name", ["first_name", "last_name"])
def test_a_name_stays_as_customers_have_read_it(real_world, tried, name):
    change = (f"UPDATE people_user SET {name} = 'Your bank' WHERE id = %s", [real_world.sam.pk])
    ending = told("staff.ended", real_world.sam.pk)

    assert tried(change) == tried(ending, change) == f"{REFUSED} people_user_name_frozen"
    assert tried(("DELETE FROM people_user WHERE id = %s", [real_world.sam.pk])) == f"{REFUSED} people_user_used_stays"


def tell(event: str, customer, code, officer="", outcome: str = "", object=None, user="", by=None):
    teller = str(by or officer or uuid4())
    return TELL, [event, customer, teller, str(object or code), outcome, str(officer), str(code), str(user)]


def test_a_code_is_proposed_on_record(real_world, tried):
    ada, officer, id = real_world.ada.customer.pk, real_world.pia.pk, "00000000-0000-4000-8000-000000000001"
    proposing = (PROPOSED, [ada, officer])
    by_another = tell("claim_code.proposed", ada, id, real_world.otto.pk, "guardian")

    assert tried(proposing) == CODE
    assert tried(by_another, proposing) == CODE
    assert tried(tell("claim_code.proposed", ada, id, officer, "guardian", by=real_world.otto.pk), proposing) == CODE
    assert tried(tell("claim_code.proposed", ada, id, officer, "self"), proposing) == CODE
    assert tried(tell("claim_code.proposed", ada, id, officer, "guardian"), proposing).startswith("allowed")


@pytest.fixture
def proposed(real_world) -> ClaimCode:
    record = customer_records.open_customer_record(reference="C-79", by=actor(real_world.pia))
    by = actor(real_world.pia)
    return claiming.propose_claim_code(customer=record.pk, officer=real_world.pia, by=by)


APPROVED = (
    "UPDATE people_claimcode SET approved_by_id = %s, approved_at = portal.now(), ends_at = portal.now() + '14 days'"
    " WHERE id = %s"
)


def test_a_code_is_approved_by_another_officer_on_record(real_world, tried, proposed):
    otto, pia = real_world.otto.pk, real_world.pia.pk

    assert tried((APPROVED, [otto, proposed.pk])) == CODE
    by_pia = tell("claim_code.approved", proposed.customer_id, proposed.pk, pia)
    assert tried(by_pia, (APPROVED, [otto, proposed.pk])) == CODE
    assert tried(by_pia, (APPROVED, [pia, proposed.pk])) == "23514 people_claimcode_two_officers"
    by_otto = tell("claim_code.approved", proposed.customer_id, proposed.pk, otto)
    assert tried(by_otto, (APPROVED, [otto, proposed.pk])).startswith("allowed")


FROZEN = f"{REFUSED} people_claimcode_frozen"
CANCELLED = "UPDATE people_claimcode SET cancelled_by_id = %s, cancelled_at = portal.now() WHERE id = %s"


@pytest.mark.parametrize("who", ["ada", "sam"])
def test_only_officers_stand_for_a_code(real_world, tried, proposed, who):
    """Neither a customer nor a requester proposes, approves or cancels one."""
    nobody = {"ada": real_world.ada.user, "sam": real_world.sam}[who].pk
    ben, id = real_world.ben.customer.pk, "00000000-0000-4000-8000-000000000001"

    assert tried(tell("claim_code.proposed", ben, id, nobody, "guardian"), (PROPOSED, [ben, nobody])) == FROZEN
    by_nobody = tell("claim_code.approved", proposed.customer_id, proposed.pk, nobody)
    assert tried(by_nobody, (APPROVED, [nobody, proposed.pk])) == FROZEN
    by_nobody = tell("claim_code.cancelled", proposed.customer_id, proposed.pk, nobody)
    assert tried(by_nobody, (CANCELLED, [nobody, proposed.pk])) == FROZEN


def test_a_code_works_for_two_weeks_at_most(real_world, tried, proposed):
    by_otto = tell("claim_code.approved", proposed.customer_id, proposed.pk, real_world.otto.pk)
    for_long = APPROVED.replace("14 days", "15 days")

    assert tried(by_otto, (for_long, [real_world.otto.pk, proposed.pk])) == FROZEN


def test_no_code_begins_approved_or_printed(real_world, tried, proposed):
    printing = ("UPDATE people_claimcode SET code_hash = '\\x01' WHERE id = %s", [proposed.pk])
    told_printed = tell("claim_code.printed", proposed.customer_id, proposed.pk)
    assert tried(told_printed, printing) == "23514 people_claimcode_printed_once_approved"
    begun = (
        "INSERT INTO people_claimcode (id, customer_id, capacity, proposed_by_id, approved_by_id, approved_at, ends_at)"
        " VALUES (gen_random_uuid(), %s, 'guardian', %s, %s, portal.now(), portal.now() + '1 day')",
        [real_world.ada.customer.pk, real_world.pia.pk, real_world.otto.pk],
    )
    assert tried(begun) == f"{REFUSED} people_claimcode_frozen"


def test_a_code_is_used_on_record(real_world, tried, coded):
    code, used = ClaimCode.objects.get(customer=coded).pk, (USED, [real_world.ben.user.pk, coded])

    assert tried(used) == CODE
    assert tried(tell("record.claimed", coded, "another", object=coded), used) == CODE
    assert tried(tell("guardian.accepted", coded, code, object=coded), used) == CODE
    of_another = tell("record.claimed", coded, code, object=coded, user=real_world.ada.user.pk)
    assert tried(of_another, used) == CODE
    theirs = tell("record.claimed", coded, code, object=coded, user=real_world.ben.user.pk)
    assert tried(theirs, used).startswith("allowed")


@pytest.mark.parametrize(
    "change",
    [
        "used_at = '2020-01-01Z', used_by_id = proposed_by_id",
        "capacity = 'guardian'",
        "ends_at = '2099-01-01Z'",
        "code_hash = '\\x02'",
        "approved_by_id = cancelled_by_id, approved_at = NULL, ends_at = NULL, code_hash = NULL",
        "cancelled_at = '2020-01-01Z', cancelled_by_id = proposed_by_id",
    ],
)
def test_a_code_changes_in_no_other_way(tried, coded, change):
    update = (f"UPDATE people_claimcode SET {change} WHERE customer_id = %s", [coded])

    assert tried(told("record.claimed", coded, coded), update) == f"{REFUSED} people_claimcode_frozen"


def test_a_used_code_is_not_used_again(real_world, tried, coded):
    code = make_claim_code(
        customer=customer_records.open_customer_record(reference="C-78", by=actor(real_world.pia)),
        officer=real_world.pia.user,
    )
    dora = make_user("dora@example.com")
    record = claiming.claim_record_by_code(user=dora, code=code, by=actor(real_world.pia)).pk
    assert Acting.objects.filter(user=dora, customer=record).exists()

    used = (USED, [real_world.ben.user.pk, record])
    assert tried(told("record.claimed", record, record), used) == f"{REFUSED} people_claimcode_frozen"


def test_no_officer_stands_for_a_code_about_themselves(real_world, tried):
    """Whoever has acted for a customer proposes none for them."""
    ben, otto = real_world.ben.customer.pk, real_world.otto.pk
    joining = ("INSERT INTO people_acting (user_id, customer_id, capacity) VALUES (%s, %s, 'agent')", [otto, ben])

    assert tried(joining, (PROPOSED, [ben, otto])) == f"{REFUSED} people_claimcode_not_about_oneself"


def test_a_guardian_comes_in_with_a_code_of_two_officers(real_world, tried):
    put_on_list(real_world.ada.customer, born_on=date(2018, 5, 1), country="DE")
    ada, ben = real_world.ada.customer.pk, real_world.ben.user.pk
    enters = ("INSERT INTO people_acting (user_id, customer_id, capacity) VALUES (%s, %s, 'guardian')", [ben, ada])

    assert tried(told("guardian.accepted", ada, ada), enters) == f"{REFUSED} people_acting_needs_a_code"


def test_evidence_is_never_written_over(real_world, tried):
    assert tried("UPDATE people_evidence SET network = '10.0.0.0/24'").startswith("42501")


def test_when_a_record_was_made_stays(real_world):
    """Whom a breach concerned, and since when a request can have arrived, rest on it."""
    with application_speaking() as application:
        for moment in ("portal.now()", "created_at - interval '1 year'"):
            later = f"UPDATE people_customer SET created_at = {moment} WHERE id = %s"
            assert "people_customer_date_frozen" in outcome(application, (later, [real_world.ada.customer.id]))
