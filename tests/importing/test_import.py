"""Customers and their data come in once, whole batches at a time; what cannot be taken is listed without its values."""

from errno import ENOSPC
from hashlib import sha256
from itertools import count
from threading import Event

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection

from consents.catalogue.models import Category
from consents.disclosures.services import disclose_own_copy, disclose_records
from consents.law.kinds import Type
from consents.ledger.models import Entry
from consents.ledger.rules import Actor
from consents.ops.importing import loading
from consents.ops.importing.report import Reject, RejectFile, RejectReason
from consents.people import selectors
from consents.people.models import Customer, CustomerKey, ErasedReference
from consents.rights.services import erasing
from consents.vault.models import Fingerprint
from tests.importing.sample import CUSTOMERS, HEADER, INVOICES, PURCHASES, ROWS
from tests.waiting import PATIENCE
from tests.world.cast import answer, ask
from tests.world.erasing import erase
from tests.world.rights_requests import by_staff, file, search

pytestmark = pytest.mark.django_db


def test_it_records_customers_with_a_key_and_a_sealed_address(shop):
    result = shop.customers(ROWS)

    leonie = Customer.objects.get(reference="2")
    assert result.code == 0
    assert (leonie.country, leonie.region, leonie.language) == ("DE", "", "en")
    assert selectors.open_address(leonie) == "leonie@example.com"
    assert list(selectors.select_by_address("LEONIE@example.com")) == [leonie]
    assert CustomerKey.objects.count() == Fingerprint.objects.count() == 3


def test_a_country_without_a_code_is_left_empty_and_told(shop):
    result = shop.customers(ROWS)

    assert Customer.objects.get(reference="1").country == ""
    assert Customer.objects.get(reference="3").country == "AT"
    assert "1 row names a country" in result.out


def test_a_second_run_changes_nothing(shop):
    shop.customers(ROWS)
    before = list(Customer.objects.order_by("id").values()), Entry.objects.count()

    result = shop.customers(ROWS)

    assert "Customers: 0 new, 0 changed, 3 unchanged." in result.out
    assert "Records: 0 new, 0 changed, 3 unchanged." in result.out
    assert (list(Customer.objects.order_by("id").values()), Entry.objects.count()) == before


def test_it_brings_known_customers_up_to_date(shop):
    shop.customers(ROWS)
    sealed = Customer.objects.get(reference="2").sealed_address

    result = shop.customers(
        [HEADER, "1,Luís,new@example.com,+55 1,RJ,BR", "2,Leonie,leonie@example.com,+49 2,,Germany"]
    )

    luis = Customer.objects.get(reference="1")
    assert (selectors.open_address(luis), luis.region, luis.country) == ("new@example.com", "RJ", "BR")
    assert Customer.objects.get(reference="2").sealed_address == sealed
    assert "Customers: 0 new, 1 changed, 1 unchanged." in result.out
    assert "Records: 0 new, 2 changed, 0 unchanged." in result.out


def test_an_empty_email_leaves_the_address_on_file(shop):
    shop.customers(ROWS)
    shop.customers([HEADER, "1,Luís,,+55 1,SP,Brazil"])

    assert selectors.open_address(Customer.objects.get(reference="1")) == "luis@example.com"


def test_the_address_of_somebody_who_signs_in_is_theirs(world, shop):
    shop.customers([HEADER, "C-1001,Ada,other@example.com,,,DE"])

    ada = Customer.objects.get(reference="C-1001")
    assert (selectors.open_address(ada), ada.country) == ("ada@example.com", "DE")


def test_a_customer_without_an_address_has_a_record_without_values(shop):
    result = shop.customers([HEADER, "7,,,,,"])

    assert Customer.objects.get(reference="7").sealed_address is None
    assert "Records: 0 new" in result.out


def test_unknown_categories_become_drafts_with_labels(shop):
    result = shop.customers(ROWS)

    category = Category.objects.get(code="contact")
    assert not category.published
    assert next(iter(category.fields.values_list("key", "labels__en"))) == ("first_name", "First name")
    assert "Not published yet, so nobody can ask for it: Contact details." in result.out


def test_other_files_join_known_customers(shop):
    shop.customers(ROWS)
    shop.write("invoices.csv", ["InvoiceId,CustomerId,Total", "10,1,5.00", "11,2,6.00", "12,99,7.00"])
    shop.write("purchases.csv", ["LineId;InvoiceId;Track", "1;10;Song", "2;11;Other song", "3;12;Lost", "4;77;Lost"])

    invoices = shop.imported("invoices.csv", INVOICES)
    purchases = shop.imported("purchases.csv", PURCHASES)

    assert (invoices.code, invoices.rejects) == (1, [(4, "no customer has this reference")])
    assert "Records: 2 new" in purchases.out
    assert [line for line, _reason in purchases.rejects] == [4, 5]
    assert Category.objects.get(code="purchases").sensitive
    assert "Records: 0 new, 0 changed, 2 unchanged." in shop.imported("purchases.csv", PURCHASES).out


def test_a_key_that_names_two_customers_names_none(shop):
    shop.customers(ROWS)
    shop.write("invoices.csv", ["InvoiceId,CustomerId,Total", "10,1,5.00", "10,2,6.00"])
    shop.write("purchases.csv", ["LineId,InvoiceId,Track", "1,10,Song"])

    assert shop.imported("purchases.csv", PURCHASES).rejects[0][0] == 2


def test_bad_rows_stay_out_and_good_rows_go_in(shop):
    lines = [
        HEADER,
        "1,Luís,luis@example.com,+55 1,SP,Brazil",
        "2,too,few",
        ",No reference,x@example.com,,,",
        "1,Second,second@example.com,,,",
        "4,Bad mail,secret-marker,,,",
        "5,NUL\0,five@example.com,,,",
        f"6,Long,six@example.com,{'9' * 10_001},,",
        f"{'7' * 61},Long,seven@example.com,,,",
        '8,"open,eight@example.com,,,',
        "9,Last,last@example.com,,,",
    ]
    result = shop.customers(lines, "--batch", "2")

    assert result.code == 1
    assert [line for line, _reason in result.rejects] == [3, 4, 5, 6, 7, 8, 9, 10]
    assert set(Customer.objects.values_list("reference", flat=True)) == {"1", "9"}
    assert "secret-marker" not in result.out + result.err + (shop.folder / "customers.rejects.csv").read_text()


def test_broken_utf8_costs_its_line_alone(shop):
    raw = "\n".join(ROWS).encode().replace("Luís".encode(), b"Lu\xeds")

    assert shop.customers(raw).rejects == [(2, "not UTF-8 text")]
    assert Customer.objects.count() == 2


def test_the_same_record_twice_in_one_file_is_taken_once(shop):
    shop.customers(ROWS)
    shop.write("invoices.csv", ["InvoiceId,CustomerId,Total", "10,1,5.00", "11,1,6.00", "10,1,7.00", ",1,8.00"])

    result = shop.imported("invoices.csv", INVOICES, "--batch", "1")

    assert [line for line, _reason in result.rejects] == [4, 5]
    assert "Records: 2 new" in result.out


def test_a_dry_run_tells_the_same_and_stores_nothing(shop):
    real = [*ROWS, "1,Again,again@example.com,,,"]
    dry = shop.customers(real, "--dry-run", "--batch", "1")
    assert not Customer.objects.exists()
    assert not Category.objects.exists()
    assert not Entry.objects.exists()

    result = shop.customers(real)

    assert dry.out.splitlines()[2:] == result.out.splitlines()[1:]
    assert (dry.code, dry.rejects) == (result.code, result.rejects) == (1, [(5, result.rejects[0][1])])


def test_each_batch_leaves_one_entry_for_customers_and_one_for_records(shop):
    shop.customers(ROWS, "--batch", "2")

    events = Entry.objects.exclude(event="category.drafted").order_by("id")
    assert [(entry.event, entry.chain) for entry in events] == [
        ("customers.imported", "company"),
        ("vault.stored", "company"),
        ("customers.imported", "company"),
        ("vault.stored", str(Customer.objects.get(reference="3").id)),
    ]
    assert events[0].facts == {"changed": 0, "new": 2}


def test_a_batch_that_fails_leaves_nothing_and_running_again_goes_on(shop, monkeypatch):
    store = loading.storing.store_comparison
    calls = []

    def failing(**arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise DatabaseError("marker of a row")
        return store(**arguments)

    monkeypatch.setattr(loading.storing, "store_comparison", failing)
    stopped = shop.customers(ROWS, "--batch", "2")
    assert (stopped.code, Customer.objects.count(), Fingerprint.objects.count()) == (3, 2, 2)
    assert "Customers: 2 new" in stopped.out
    assert "marker of a row" not in stopped.out + stopped.err

    monkeypatch.undo()
    assert "Customers: 1 new, 0 changed, 2 unchanged." in shop.customers(ROWS).out


def test_rows_are_read_ahead_before_the_kinds_of_data_are_there(shop, monkeypatch):
    """The second batch is read whole between the first one's customers and its kinds of data."""
    read, categories, batch = [], loading.ImportRun.categories, loading.ParsedBatch
    is_recorded, is_read, readings = Event(), Event(), count()

    def give_way(rows):
        if next(readings) == 1:
            assert is_recorded.wait(PATIENCE)
        return iter(rows)

    def note(*parts):
        read.append(parts)
        if len(read) == 2:
            is_read.set()
        return batch(*parts)

    def wait(self, report):
        is_recorded.set()
        assert is_read.wait(PATIENCE)
        return categories(self, report)

    monkeypatch.setattr(loading, "ParsedBatch", note)
    monkeypatch.setattr(loading.ImportRun, "categories", wait)
    monkeypatch.setattr(loading.PRECEDENCE, "give_way", give_way)

    assert "Customers: 3 new" in shop.customers(ROWS, "--batch", "2").out


@pytest.mark.parametrize(
    ("lines", "mapping", "words"),
    [
        ([HEADER.replace("Email", "Mail"), "1,a,b,c,d,e"], CUSTOMERS, "no column “Email”"),
        ([HEADER + ",Email", "1,a,b,c,d,e,f"], CUSTOMERS, "more than one column"),
        ("", CUSTOMERS, "is empty"),
        (ROWS, 'reference = "Id"', "nothing to import"),
        (ROWS, PURCHASES, "no column “InvoiceId”"),
    ],
)
def test_a_bad_file_or_mapping_ends_in_one_sentence_and_nothing_done(shop, lines, mapping, words):
    result = shop.customers(lines, mapping=mapping)

    assert result.code == 2
    assert words in result.err
    assert result.err.count("\n") == 1
    assert not Customer.objects.exists()


def test_a_missing_joined_file_is_told(shop):
    shop.write("purchases.csv", ["LineId,InvoiceId,Track", "1,10,Song"])

    result = shop.imported("purchases.csv", PURCHASES)

    assert (result.code, "invoices.csv cannot be read" in result.err) == (2, True)


@pytest.mark.parametrize("name", ["customers.csv", "map.toml", "letter.txt", "missing/rejects.csv"])
def test_rejects_never_overwrite_another_file(shop, name):
    shop.write("letter.txt", "Dear customer")
    before = {path.name: path.read_bytes() for path in shop.folder.iterdir()}

    result = shop.customers(ROWS, "--rejects", str(shop.folder / name))

    assert result.code == 2
    assert before.items() <= {path.name: path.read_bytes() for path in shop.folder.iterdir()}.items()


def test_an_older_reject_file_of_ours_makes_way(shop):
    shop.customers([*ROWS, "x"])
    assert shop.customers(ROWS).rejects == []


@pytest.mark.parametrize("column", ["=1+1", "\u200b=1+1", "\uff1d1+1", "\xa0-1"])
def test_no_column_is_a_formula_in_the_reject_file(tmp_path, column):
    rejects = RejectFile(tmp_path / "rejects.csv", never=[])
    rejects.add([Reject(2, RejectReason.CHANGED, column)])
    rejects.close()

    assert f"\n2,'{column}," in rejects.path.read_text()


def test_a_reject_file_that_fills_the_disk_is_a_sentence(shop, monkeypatch):
    """What is written last is written when the file is closed."""
    close = RejectFile.close

    def run_out_of_space(rejects: RejectFile) -> None:
        close(rejects)
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr(RejectFile, "close", run_out_of_space)

    result = shop.customers([*ROWS, "x"])

    assert (result.code, "the reject file not written" in result.err) == (3, True)


@pytest.mark.parametrize("batch", ["0", "-1", "10001", "many", "²"])
def test_it_refuses_a_batch_size_it_cannot_use(shop, batch):
    with pytest.raises(CommandError):
        call_command("import_customers", "file.csv", "--map", "map.toml", "--batch", batch)


def test_one_import_runs_at_a_time(shop):
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended('consents.ops.importing', 0))")

    result = shop.customers(ROWS)

    other.close()
    assert (result.code, "Another import is running" in result.err) == (2, True)


def test_what_came_in_is_what_the_door_shows(real_world, shop):
    shop.write("invoices.csv", ["InvoiceId,CustomerId,Total", "12,C-1001,5.00", "9,C-1001,", "10,C-1002,7.00"])
    assert shop.imported("invoices.csv", INVOICES).code == 0
    request = answer(real_world, ask(real_world, "orders"), "all")

    by = Actor("staff", str(real_world.sam.pk))
    seen = disclose_records(grant=request.grants.get().pk, staff=real_world.sam.pk, by=by)

    assert [record for record in seen.records if "invoice_id" in record] == [
        {"invoice_id": "9"},
        {"invoice_id": "12", "total": "5.00"},
    ]


def test_birth_dates_come_in_once_and_follow_the_list(shop):
    mapping = 'born_on = "Born"\n' + CUSTOMERS
    header, born = f"{HEADER},Born", ["2010-03-01", "1962-02-18 00:00:00", "", "31.12.1990", "2999-01-01"]
    rows = [f"{number},Ada,a{number}@example.com,,,DE,{date}" for number, date in enumerate(born, 1)]

    result = shop.customers([header, *rows], mapping=mapping)

    found = dict(Customer.objects.filter(reference__isnull=False).values_list("reference", "born_on"))
    assert {key: str(value) for key, value in found.items()} == {"1": "2010-03-01", "2": "1962-02-18", "3": "None"}
    assert [line for line, _reason in result.rejects] == [5, 6]

    shop.customers([header, "1,Ada,a1@example.com,,,DE,2010-03-02"], mapping=mapping)
    assert str(Customer.objects.get(reference="1").born_on) == "2010-03-02"


def test_whoever_was_erased_does_not_come_back(world, shop):
    erase(world)
    shop.customers(ROWS)

    again = shop.customers([HEADER, "C-1001,Ada,ada@example.com,,,DE", "C-1002,Ben,ben@example.com,,,DE"])
    shop.write("invoices.csv", ["InvoiceId,CustomerId,Total", "1,C-1001,5", "2,C-1002,5"])
    orders = shop.imported("invoices.csv", INVOICES)

    assert selectors.find_customers("C-1001") == [] and selectors.find_customers("ada@example.com") == []
    assert again.code == orders.code == 0 and not again.rejects and not orders.rejects
    assert "Customers: 0 new, 1 changed, 0 unchanged." in again.out
    for said in (again.out, orders.out):
        assert "1 row is of a customer who was erased; it was not taken in again." in said


@pytest.mark.django_db(transaction=True)
def test_kinds_that_were_deleted_do_not_come_back(real_world, shop):
    world = real_world
    request = file(world.ada, Type.ERASURE)
    search(world, request)
    about = {"rights_request": request.pk, "officer": world.pia, "by": by_staff(world.pia)}
    erasing.propose_partial_erasure(**about, kept=["orders"], law="AO 147")
    erasing.confirm_partial_erasure(**about | {"officer": world.otto, "by": by_staff(world.otto)})

    rows = [HEADER, "C-1001,Ada,ada@example.com,,,DE", "C-1002,Ben,ben@example.com,,,DE"]
    listed, again = shop.customers(rows), shop.customers(rows)
    shop.write("invoices.csv", ["InvoiceId,CustomerId,Total", "77,C-1001,5"])
    orders = shop.imported("invoices.csv", INVOICES)

    for said in (listed, again):
        assert said.code == 0 and not said.rejects
        assert "1 record is of a kind that was deleted for its customer; it was not taken in again." in said.out
    assert "Records: 1 new" in listed.out and "Records: 0 new, 0 changed, 1 unchanged." in again.out
    assert "Records: 1 new" in orders.out and "deleted for" not in orders.out
    copy = disclose_own_copy(customer=world.ada.customer.pk, by=world.ada.actor)
    assert set(copy.records) == {world.categories["orders"].pk}


def test_what_is_remembered_of_them_tells_no_number(world, shop):
    erase(world)

    (kept,) = ErasedReference.objects.values()
    assert set(kept) == {"hash"} and b"C-1001" not in bytes(kept["hash"])
    assert bytes(kept["hash"]) != sha256(b"C-1001").digest()
