"""Entries are chained per customer, spelled canonically, dated by the database, and part of their act."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
import rfc8785
from django.db import DatabaseError, connection, transaction
from django.db.transaction import TransactionManagementError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import errors

from consents.core import clock
from consents.core.canonical import encode_canonical
from consents.ledger.models import Entry
from consents.ledger.rules import START, Actor, EntryColumns, build_entry_text
from consents.ledger.selectors import chains
from consents.ledger.services import appending
from tests.ledger.forging import append, refused
from tests.waiting import PATIENCE

# What PostgreSQL stores: no NUL, no half of a surrogate pair.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
FACTS = st.dictionaries(
    TEXT,
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT | st.lists(TEXT, max_size=3),
    max_size=4,
)


def as_object(entry: Entry) -> dict:
    """The entry as any JSON library would hold it."""
    return {
        "actor": entry.actor,
        "actor_kind": entry.actor_kind,
        "chain": entry.chain,
        "channel": entry.channel,
        "customer": str(entry.customer) if entry.customer else None,
        "details": entry.facts,
        "event": entry.event,
        "evidence": str(entry.evidence) if entry.evidence else None,
        "object": entry.object,
        "object_type": entry.object_type,
        "occurred_at": entry.occurred_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "outcome": entry.outcome,
        "previous": bytes(entry.previous).hex(),
        "purpose": entry.purpose,
        "sequence": entry.sequence,
    }


def written(entry: Entry) -> EntryColumns:
    """As verification reads it."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {chains.COLUMNS} FROM ledger_entry AS e WHERE id = %s", [entry.pk])
        return EntryColumns(*cursor.fetchone())


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(codes=st.lists(TEXT, min_size=6, max_size=6), facts=FACTS, about=st.booleans())
def test_the_text_is_rfc_8785_of_the_entry(db, codes, facts, about):
    event, actor, object_type, object, purpose, outcome = codes
    entry = Entry.objects.get(
        pk=append(
            uuid4() if about else None,
            event=event,
            by=Actor("system", actor, "portal", uuid4() if about else None),  # a person's is an id
            object_type=object_type,
            object=object,
            purpose=purpose,
            outcome=outcome,
            details=facts,
        )
    )
    assert entry.canonical.encode() == rfc8785.dumps(as_object(entry))
    assert build_entry_text(written(entry)) == entry.canonical
    assert bytes(entry.hash) == hashlib.sha256(entry.canonical.encode()).digest()


def test_facts_come_back_as_they_went_in(db):
    facts = {"categories": ["contact", "orders"], "rows": 3, "none": None, "quoted": 'a"b\\c\n'}
    entry = Entry.objects.get(pk=append(details=facts))
    assert entry.facts == facts
    assert entry.details == encode_canonical(facts).decode()


def test_each_entry_names_the_one_before_it(db):
    customer = uuid4()
    first, second, third = (Entry.objects.get(pk=append(customer)) for _ in range(3))

    assert bytes(first.previous) == START
    assert bytes(second.previous) == bytes(first.hash)
    assert bytes(third.previous) == bytes(second.hash)
    assert [first.sequence, second.sequence, third.sequence] == [1, 2, 3]


def test_every_customer_has_a_chain_of_their_own_and_the_company_too(db):
    ada, ben = uuid4(), uuid4()
    for customer in (ada, ben, None, ada):
        append(customer)

    places = Entry.objects.order_by("id").values_list("chain", "sequence")
    assert list(places) == [(str(ada), 1), (str(ben), 1), ("company", 1), (str(ada), 2)]


def test_an_entry_needs_a_transaction(transactional_db):
    with pytest.raises(TransactionManagementError):
        append()
    assert not Entry.objects.exists()


def test_an_entry_is_rolled_back_with_its_act(transactional_db):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        append()
        1 / 0  # noqa: B018
    assert not Entry.objects.exists()

    with transaction.atomic():
        append()
    assert Entry.objects.get().sequence == 1


def test_two_customers_do_not_wait_for_each_other(transactional_db):
    both_have_written = Barrier(2, timeout=PATIENCE)

    def act(customer) -> None:
        try:
            with transaction.atomic():
                appending.lock_people(customer)
                append(customer)
                both_have_written.wait()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(act, [uuid4(), uuid4()]))

    assert Entry.objects.count() == 2


def test_acts_about_one_customer_wait_and_none_is_lost(transactional_db):
    customer = uuid4()

    def act(_) -> None:
        try:
            with transaction.atomic():
                append(customer)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(act, range(20)))

    assert list(Entry.objects.order_by("id").values_list("sequence", flat=True)) == list(range(1, 21))


def test_its_moment_is_the_databases(db):
    before = clock.now()
    entry = Entry.objects.get(pk=append())
    assert before <= entry.occurred_at <= clock.now()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE OR REPLACE FUNCTION portal.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'",
        "CREATE FUNCTION public.statement_timestamp() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'",
        "ALTER FUNCTION portal.now() RENAME TO portal_then",
        "CREATE OR REPLACE FUNCTION portal.canonical_entry(e ledger_entry) RETURNS text LANGUAGE sql AS 'SELECT ''x'''",
        "ALTER TABLE ledger_entry ALTER COLUMN occurred_at SET DEFAULT now()",
    ],
)
def test_the_application_cannot_forge_the_clock_or_the_text(db, statement):
    """I18: nothing is back-dated."""
    assert isinstance(refused(statement), errors.InsufficientPrivilege)


def test_a_function_of_the_sessions_own_does_not_stand_in_for_the_clock(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION pg_temp.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT timestamptz ''2001-01-01'''"
        )
        cursor.execute("SET LOCAL search_path = pg_temp, public")
    entry = Entry.objects.get(pk=append())
    assert entry.occurred_at.year > 2001


@pytest.mark.parametrize(
    "setting", ["TimeZone = 'Asia/Kathmandu'", "DateStyle = 'SQL, DMY'", "bytea_output = 'escape'"]
)
def test_no_setting_of_the_session_changes_the_text(db, setting):
    """Set while the entry is written, undone before it is read."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('TimeZone'), current_setting('DateStyle'), current_setting('bytea_output')"
        )
        kept = cursor.fetchone()
        cursor.execute(f"SET LOCAL {setting}")
        number = append()
        for name, value in zip(("TimeZone", "DateStyle", "bytea_output"), kept, strict=True):
            cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
    entry = Entry.objects.get(pk=number)
    assert build_entry_text(written(entry)) == entry.canonical


def test_a_nul_is_refused_and_leaves_the_transaction_usable(db):
    with pytest.raises((DatabaseError, ValueError)), transaction.atomic():
        append(event="a\0b")
    assert append() > 0


RAW = "SELECT portal.append_entry('thing.happened', NULL, 'portal', '', 'thing', '1', '', 'job', NULL, '', %s)"


@pytest.mark.parametrize(
    "details",
    [
        None,
        "",
        " ",
        "null",
        "[]",
        "1",
        '"x"',
        "true",
        "{",
        "{}x",
        "{} {}",
        '{},"event":"other"',
        '{"a":1,"a":2}',
        '{"a":{"b":1,"b":2}}',
        "{'a': 1}",
        '{"a":NaN}',
        '{"a":"\\u0000"}',
        '{"a":"\\ud800"}',
    ],
)
def test_details_that_are_no_object_are_refused(db, details):
    """In raw SQL: the text of an entry is spelled around them, so they must not reach out of their place."""
    kinds = (errors.CheckViolation, errors.NotNullViolation, errors.DataError)
    assert isinstance(refused(RAW, details), kinds)
    assert not Entry.objects.exists()


@pytest.mark.parametrize("details", ["{}", '{"a":{"b":[1,null,"\\u00e9"]}}', ' {"a" : 1} '])
def test_details_that_are_an_object_are_taken_as_they_are(db, details):
    with connection.cursor() as cursor:
        cursor.execute(RAW, [details])
    entry = Entry.objects.get()
    assert entry.details == details and build_entry_text(written(entry)) == entry.canonical
