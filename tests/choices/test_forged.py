"""A choice and who may make it, forged in raw SQL as the application role."""

import pytest
from django.db import DatabaseError, connection, transaction

from consents.choices.models import Choice
from consents.choices.services import answering
from consents.people.models import Acting

GIVE = """
INSERT INTO choices_choice (id, customer_id, purpose_id, version_id, language, status, since, valid_until, rest_rule,
                            despite_signal)
VALUES (gen_random_uuid(), %(customer)s, %(purpose)s, %(version)s, 'en', 'ConsentGiven', {moment},
        ({moment})::timestamptz + interval '12 months', '', false)
"""
TELL = """
SELECT portal.append_entry(%(event)s, %(customer)s, 'customer', %(ada)s::text, 'choice',
                     (SELECT id::text FROM choices_choice LIMIT 1), 'support', 'portal', NULL, %(status)s,
                     '{"capacity":"self"}')
"""
RENEW = """
UPDATE choices_choice SET status = 'RenewedConsentGiven', since = {moment},
                          valid_until = ({moment})::timestamptz + interval '12 months'
"""
ELSEWHEN = ["portal.now() - interval '61 seconds'", "portal.now() + interval '70 seconds'", "'infinity'", "NULL"]


@pytest.fixture
def terms(world):
    return {
        "customer": world.ada.customer.id,
        "purpose": world.purpose.pk,
        "version": world.version.pk,
        "event": "consent.given",
        "status": "ConsentGiven",
        "ada": str(world.ada.user.pk),
        "ben": world.ben.customer.id,
        "sam": world.sam.pk,
    }


def refused_by(terms: dict, *statements: str) -> str | None:
    with pytest.raises(DatabaseError) as refusal, transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, terms)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return refusal.value.__cause__.diag.constraint_name


@pytest.fixture
def given(world, terms) -> Choice:
    answering.give_consent(
        customer=world.ada.customer.id, purpose="support", version=world.version.pk, by=world.ada.actor
    )
    return Choice.objects.get()


@pytest.mark.parametrize("moment", ELSEWHEN)
def test_a_choice_cannot_be_made_at_another_time(terms, moment):
    assert refused_by(terms, GIVE.format(moment=moment)) == "choices_choice_is_now"


@pytest.mark.parametrize("moment", ELSEWHEN)
def test_a_choice_cannot_be_back_dated_or_post_dated(terms, given, moment):
    assert refused_by(terms, RENEW.format(moment=moment)) == "choices_choice_is_now"


@pytest.mark.parametrize("change", ["customer_id = %(ben)s", "purpose_id = purpose_id + 1", "id = gen_random_uuid()"])
def test_a_choice_cannot_move_to_another_customer_or_purpose(terms, given, change):
    moved = f"{RENEW.format(moment='portal.now()')}, {change}"
    assert refused_by(terms, moved) == "choices_choice_transition"


@pytest.mark.parametrize(
    "changes",
    [{"customer": None}, {"status": "ConsentWithdrawn"}, {"event": "choice.given"}],
    ids=["about the company", "of another outcome", "of another event"],
)
def test_an_entry_that_tells_of_something_else_does_not_serve(terms, changes):
    given = GIVE.format(moment="portal.now()").replace("%(customer)s", f"'{terms['customer']}'")
    assert refused_by(terms | changes, given, TELL) == "choices_choice_on_record"


def test_the_whole_entry_serves(terms):
    """So that the attempts above fail for what they change and for nothing else."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(GIVE.format(moment="portal.now()"), terms)
        cursor.execute(TELL, terms)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        transaction.set_rollback(True)


def test_a_choice_cannot_be_deleted(terms, given):
    refused_by(terms, "DELETE FROM choices_choice")
    assert Choice.objects.get() == given


@pytest.mark.parametrize("moment", ELSEWHEN[:3])
def test_nobody_began_to_act_at_another_time(terms, moment):
    begin = (
        "INSERT INTO people_acting (user_id, customer_id, capacity, starts_at)"
        f" VALUES (%(sam)s, %(customer)s, 'agent', {moment})"
    )
    assert refused_by(terms, begin) == "people_acting_frozen"


@pytest.mark.parametrize(
    "change",
    ["user_id = %(sam)s", "customer_id = %(ben)s", "capacity = 'guardian'", "starts_at = starts_at - interval '1 d'"],
)
def test_who_acts_for_whom_does_not_change(terms, change):
    changed = f"UPDATE people_acting SET {change} WHERE customer_id = %(customer)s"
    assert refused_by(terms, changed) == "people_acting_frozen"


def test_acting_that_ended_does_not_begin_again(terms):
    end = "UPDATE people_acting SET ends_at = {} WHERE customer_id = %(customer)s"
    assert refused_by(terms, end.format("portal.now()"), end.format("NULL")) == "people_acting_frozen"
    assert Acting.objects.filter(ends_at=None).count() == 2
