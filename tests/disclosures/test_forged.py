"""What somebody with the application's own role forges in raw SQL: no row, no error, nothing changed."""

import json
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse
from psycopg import errors

from consents.access.services import ending
from consents.core.refusals import Unknown
from consents.disclosures import services
from consents.disclosures.models import Opening
from consents.disclosures.services import DamagedData, LookRefused, disclose_records
from consents.ledger.models import Entry
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from tests.disclosures.looking import (
    OPEN,
    TELL_OTHERWISE,
    VAULT,
    committed,
    committed_otherwise,
    count_with,
    grant_of,
    look,
    record,
    shown,
)
from tests.world.cast import answer, ask, signed_in
from tests.world.owners import acting_as_owner
from tests.world.scene_fixtures import scene
from tests.world.sql.openings import force_moment

BAD_IDS = [
    "",
    " ",
    "null",
    "0",
    "nonsense",
    "'; --",
    "%",
    "0c9f1a52-5f0e-4a52-9a50-8f7c1f1d2b1",  # one digit short
    "0c9f1a52-5f0e-4a52-9a50-8f7c1f1d2b11,0c9f1a52-5f0e-4a52-9a50-8f7c1f1d2b11",
    "٠c9f1a52-5f0e-4a52-9a50-8f7c1f1d2b11",  # another script's zero
    "x" * 100_000,
    "0c9f1a52-5f0e-4a52-9a50-8f7c1f1d2b11",  # nobody's
]


@scene
def allowed(real_world):
    """Sam may see all of Ada's data."""
    return answer(real_world, ask(real_world), "all")


@pytest.mark.parametrize("opening", [None, *BAD_IDS], ids=range(1 + len(BAD_IDS)))
def test_without_a_good_id_there_are_no_rows_and_no_writes(allowed, opening):
    """I2: no, an empty, a malformed or an unknown id shows 0 rows, takes 0 writes, and is no error."""
    with transaction.atomic(), connection.cursor() as cursor:
        if opening is not None:
            cursor.execute("SELECT set_config('portal.opening', %s, true)", [opening])
        cursor.execute(VAULT)
        assert cursor.fetchone() == (0,)
        for statement in ("UPDATE vault_record SET position = 9", "DELETE FROM vault_record"):
            with pytest.raises(DatabaseError) as refused, transaction.atomic():
                cursor.execute(statement)
            assert isinstance(refused.value.__cause__, errors.InsufficientPrivilege)


@pytest.mark.parametrize("what", ["grant", "request", "customer", "staff", "entry"])
def test_the_id_of_something_else_shows_nothing(real_world, allowed, what):
    look(real_world, allowed)
    ids = {
        "grant": grant_of(allowed).pk,
        "request": allowed.pk,
        "customer": real_world.ada.customer.id,
        "staff": real_world.sam.pk,
        "entry": UUID(int=Entry.objects.latest("id").pk),
    }
    assert count_with(ids[what]) == 0


@pytest.mark.parametrize(
    ("moment", "rows"),
    [
        ("portal.now() + interval '10 seconds'", 0),
        ("'infinity'", 0),
        ("portal.now()", 2),
        ("portal.now() - interval '20 seconds'", 2),
        ("portal.now() - interval '30 seconds'", 0),
        ("'-infinity'", 0),
    ],
)
def test_an_opening_of_the_future_or_replayed_late_shows_nothing(allowed, moment, rows):
    opening = committed(grant_of(allowed))
    force_moment(opening, moment)
    assert count_with(opening) == rows


@pytest.mark.parametrize("how", ["plain", "savepoint", "block"])
def test_an_own_copy_shows_nothing_to_its_own_transaction_either(real_world, how):
    opening, customer = str(uuid4()), real_world.ada.customer.id
    with transaction.atomic(), connection.cursor() as cursor:
        if how == "block":
            cursor.execute(f"""DO $$ BEGIN
                INSERT INTO disclosures_opening (id, kind, customer_id) VALUES ('{opening}', 'own_copy', '{customer}');
                PERFORM set_config('portal.opening', '{opening}', true);
                PERFORM set_config('test.seen', (SELECT count(*) FROM vault_record)::text, true);
            END $$""")
            cursor.execute("SELECT current_setting('test.seen')::int")
            seen = cursor.fetchone()[0]
        else:
            with transaction.atomic(savepoint=how == "savepoint"):
                sql = "INSERT INTO disclosures_opening (id, kind, customer_id) VALUES (%s, 'own_copy', %s)"
                cursor.execute(sql, [opening, customer])
            seen = shown(cursor, opening)
        transaction.set_rollback(True)
    assert seen == 0


@pytest.mark.parametrize(
    ("event", "actor_kind", "actor"),
    [
        ("vault.opened", "customer", "ada"),
        ("vault.own_copyx", "customer", "ada"),
        ("vault.own_copy", "staff", "sam"),
        ("vault.own_copy", "portal", None),
        ("vault.own_copy", "customer", "ben"),
        ("vault.own_copy", "representative", "sam"),
    ],
)
def test_an_entry_of_another_kind_or_by_another_does_not_serve(real_world, event, actor_kind, actor):
    users = {"ada": real_world.ada.user, "ben": real_world.ben.user, "sam": real_world.sam, None: None}
    told = (event, actor_kind, str(users[actor].pk) if actor else "")

    with pytest.raises(IntegrityError, match="with its ledger entry"):
        committed_otherwise("own_copy", real_world.ada.customer.id, told=told)


def test_a_kind_that_nobody_uses_opens_nothing(real_world):
    with pytest.raises(IntegrityError, match=r"with its ledger entry|disclosures_opening_says_what"):
        committed_otherwise("statistics", None, told=("vault.statistics", "portal", ""))


def test_an_entry_of_another_customer_does_not_serve(real_world):
    """Own copies are told to their customer: nobody else would see them."""
    ada, ben = real_world.ada, real_world.ben.customer.id
    opening, by = str(uuid4()), ["customer", str(ada.user.pk)]
    with (
        pytest.raises(IntegrityError, match="with its ledger entry"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        sql = "INSERT INTO disclosures_opening (id, kind, customer_id) VALUES (%s, 'own_copy', %s)"
        cursor.execute(sql, [opening, ada.customer.id])
        told = json.dumps({"opening": opening})
        cursor.execute(TELL_OTHERWISE, ["vault.own_copy", ben, *by, opening, told])


@pytest.mark.parametrize(
    ("event", "actor_kind", "actor"),
    [
        ("vault.opening_refused", "staff", "sam"),
        ("vault.opened", "portal", None),
        ("vault.opened", "customer", "sam"),
        ("vault.opened", "staff", "kim"),
    ],
)
def test_a_look_is_told_of_in_the_name_of_who_looks(real_world, allowed, event, actor_kind, actor):
    grant, opening = grant_of(allowed), str(uuid4())
    told = json.dumps({"opening": opening})
    by = str(getattr(real_world, actor).pk) if actor else ""
    with (
        pytest.raises(IntegrityError, match="with its ledger entry"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(OPEN, [opening, grant.pk])
        cursor.execute(TELL_OTHERWISE, [event, grant.customer_id, actor_kind, by, str(grant.access_request_id), told])


def test_one_statement_that_records_and_reads_shows_nothing(allowed):
    grant = grant_of(allowed)
    with transaction.atomic(), connection.cursor() as cursor:
        opening = str(uuid4())
        cursor.execute(
            "WITH o AS (INSERT INTO disclosures_opening (id, kind, staff_id, customer_id, category_id, purpose_id,"
            " grant_id) SELECT %s, 'grant', staff_id, customer_id, category_id, purpose_id, id FROM access_grant"
            " WHERE id = %s RETURNING set_config('portal.opening', id::text, true))"
            " SELECT (SELECT count(*) FROM vault_record), (SELECT count(*) FROM o)",
            [opening, grant.pk],
        )
        assert cursor.fetchone() == (0, 1)
        cursor.execute(VAULT)
        assert cursor.fetchone() == (0,)
        transaction.set_rollback(True)


def test_an_opening_that_was_rolled_back_shows_nothing(allowed):
    with transaction.atomic(), connection.cursor() as cursor:
        opening = record(cursor, grant_of(allowed))
        transaction.set_rollback(True)
    assert count_with(opening) == 0


def test_a_snapshot_older_than_the_opening_shows_nothing(allowed):
    """A transaction that began before does not see the opening, however long it goes on."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute(VAULT)
        other = connection.copy()
        try:
            with other.cursor() as elsewhere:
                elsewhere.execute("BEGIN")
                opening = record(elsewhere, grant_of(allowed))
                elsewhere.execute("COMMIT")
        finally:
            other.close()
        assert shown(cursor, opening) == 0
    assert count_with(opening) == 2


def test_one_member_of_staff_does_not_look_under_the_grant_of_another(real_world, allowed):
    with pytest.raises(Unknown):
        disclose_records(grant=grant_of(allowed).pk, staff=real_world.kim.pk, by=Actor("staff", str(real_world.kim.pk)))
    assert not Opening.objects.exists()


@pytest.mark.parametrize(("column", "value"), [("xid", "'1'::xid8"), ("opened_at", "now()")])
def test_neither_moment_nor_transaction_of_an_opening_is_changed_later(real_world, allowed, column, value):
    look(real_world, allowed)
    with pytest.raises(DatabaseError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE disclosures_opening SET {column} = {value}")
    assert isinstance(refused.value.__cause__, errors.InsufficientPrivilege)


def test_a_look_that_fails_after_its_opening_stays_on_record(real_world, allowed, monkeypatch):
    """I17: the log may over-report, never under-report, and the customer sees every entry."""

    def fail(*_):
        raise OSError

    monkeypatch.setattr(services, "read_records", fail)
    with pytest.raises(OSError):
        look(real_world, allowed)

    assert Opening.objects.count() == Entry.objects.filter(event="vault.opened").count() == 1
    page = signed_in(real_world.ada.user).get(reverse("disclosures:activity")).content.decode()
    assert page.count(f'href="{reverse("access:request", args=[allowed.pk])}"') == 1


def test_nothing_is_read_when_the_look_cannot_be_recorded(real_world, allowed, monkeypatch):
    """I17: no vault value without a record that was already durably committed."""
    read = []

    def fail(**_):
        raise OSError

    monkeypatch.setattr(services, "read_records", lambda *_: read.append(1))
    monkeypatch.setattr(appending, "append_entry", fail)
    with pytest.raises(OSError):
        look(real_world, allowed)
    assert not read and not Opening.objects.exists()


def test_what_is_read_is_on_record_for_everybody_by_then(real_world, allowed, monkeypatch):
    """I17: at the moment of the read another connection sees opening and entry."""
    seen, reading = [], services.read_records

    def look_first(opening, *rest):
        other = connection.copy()
        try:
            with other.cursor() as cursor:
                cursor.execute(
                    "SELECT (SELECT count(*) FROM disclosures_opening WHERE id = %s),"
                    " (SELECT count(*) FROM ledger_entry WHERE details::jsonb @> %s::jsonb)",
                    [opening, json.dumps({"opening": str(opening)})],
                )
                seen.append(cursor.fetchone())
        finally:
            other.close()
        return reading(opening, *rest)

    monkeypatch.setattr(services, "read_records", look_first)
    assert look(real_world, allowed).records and seen == [(1, 1)]


SEALED = "SELECT id, sealed::text FROM vault_record WHERE category_id = %s ORDER BY position"
TOLD = "SELECT portal.append_entry('vault.stored', %s, 'portal', '', 'vault', 'records', '', 'job', NULL, '', '{}')"
STORE = (
    "SELECT portal.store_records(ARRAY[%s]::uuid[], ARRAY[%s]::uuid[], ARRAY[%s]::bigint[], ARRAY[0],"
    " ARRAY[%s]::jsonb[])"
)


def name_entry(sealed: str, entry: int) -> str:
    """Every sealed value with the number of this write before it, without which the vault takes none."""
    return json.dumps({field: f"{entry}:{text.rpartition(':')[2]}" for field, text in json.loads(sealed).items()})


@pytest.mark.parametrize("to", ["category", "record", "field", "first record", "no base64"])
def test_ciphertext_moved_by_raw_sql_does_not_open(real_world, allowed, to):
    """Not in another category, record or field; and the look is on record although it showed nothing."""
    orders, contact = (real_world.categories[code].pk for code in ("orders", "contact"))
    opening = committed(grant_of(allowed))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('portal.opening', %s, true)", [opening])
        cursor.execute(SEALED, [orders])
        (first, sealed), (second, other) = cursor.fetchall()
        fields = json.loads(sealed)
        place, category, value = {
            "category": (uuid4(), contact, sealed),
            "record": (uuid4(), orders, sealed),
            "field": (first, orders, json.dumps({"item": fields["price"], "price": fields["item"]})),
            "first record": (first, orders, other),
            "no base64": (second, orders, json.dumps({"item": "é!", "price": "7"})),
        }[to]
        entry = cursor.execute(TOLD, [None]).fetchone()[0]
        cursor.execute(STORE, [place, real_world.ada.customer.id, category, name_entry(value, entry)])

    with pytest.raises(DamagedData):
        look(real_world, allowed, "contact" if to == "category" else "orders")
    assert Entry.objects.filter(event="vault.opened").count() == 2


@pytest.mark.parametrize("sealed", ["[1]", '{"item": 7}', '{"item": "é!"}', '{"item": ":x"}', '{"item": "0:x"}'])
def test_the_vault_takes_no_value_that_was_not_sealed_for_this_write(real_world, sealed):
    ada, orders = real_world.ada.customer.id, real_world.categories["orders"].pk
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(TOLD, [ada])
        cursor.execute(STORE, [uuid4(), ada, orders, sealed])


@pytest.mark.parametrize("told", ["nothing", "of somebody else", "before", "of something else"])
@pytest.mark.parametrize("how", ["new", "over another"])
def test_the_vault_takes_nothing_off_the_record(real_world, told, how):
    ada, orders = real_world.ada.customer.id, real_world.categories["orders"].pk
    with connection.cursor() as cursor:
        if told == "before":
            cursor.execute(TOLD, [ada])
        cursor.execute("SELECT record FROM vault_fingerprint WHERE customer_id = %s", [ada])
        record = cursor.fetchone()[0] if how == "over another" else uuid4()
    with (
        pytest.raises(DatabaseError, match="with its ledger entry"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        if told == "of somebody else":
            cursor.execute(TOLD, [real_world.ben.customer.id])
        if told == "of something else":
            cursor.execute(TOLD.replace("vault.stored", "vault.opened"), [ada])
        cursor.execute(STORE, [record, ada, orders, "{}"])


def test_the_vault_takes_what_is_told_of(real_world, allowed):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(TOLD, [real_world.ada.customer.id])
        cursor.execute(STORE, [uuid4(), real_world.ada.customer.id, real_world.categories["orders"].pk, "{}"])
    assert len(look(real_world, allowed).records) == 3


def test_ciphertext_moved_to_another_customer_does_not_open(real_world, allowed):
    grant = grant_of(allowed)
    opening = committed(grant)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('portal.opening', %s, true)", [opening])
        cursor.execute(SEALED, [grant.category_id])
        _id, sealed = cursor.fetchall()[0]
        entry = cursor.execute(TOLD, [None]).fetchone()[0]
        moved = name_entry(sealed, entry)
        cursor.execute(STORE, [uuid4(), real_world.ben.customer.id, grant.category_id, moved])

    of_ben = ask(real_world, "orders", customer=real_world.ben)
    real_world.ada = real_world.ben
    answer(real_world, of_ben, "all")

    with pytest.raises(DamagedData):
        look(real_world, of_ben)


@pytest.mark.parametrize("kid", ["9", "", "../secret_key"])
def test_a_wrapped_key_under_a_wrong_key_id_opens_nothing(real_world, allowed, kid):
    with acting_as_owner() as owner, owner.cursor() as cursor:
        cursor.execute("UPDATE people_customerkey SET kid = %s", [kid])
    with pytest.raises(DamagedData):
        look(real_world, allowed)


def test_the_staff_page_says_calmly_that_data_does_not_open(real_world, allowed):
    with acting_as_owner() as owner, owner.cursor() as cursor:
        cursor.execute("UPDATE people_customerkey SET kid = '9'")
    address = reverse("admin:disclosures_open", args=[allowed.pk])
    response = signed_in(real_world.sam.user).post(address, {"grant": str(grant_of(allowed).pk)})
    assert response.status_code == 409 and "none of it is shown" in response.content.decode()


def test_after_a_stop_no_forged_opening_of_the_same_grant_is_any_use(real_world, allowed):
    grant = grant_of(allowed)
    ending.stop_access(access_request=allowed.pk, customer=real_world.ada.customer.id, by=real_world.ada.actor)
    assert count_with(committed(grant)) == 0
    with pytest.raises(LookRefused):
        look(real_world, allowed)
