"""The mapping: every fault is one sentence."""

from pathlib import Path

import pytest

from consents.ops.importing import mapping
from consents.ops.importing.mapping import BadMapping, CodeColumn, JoinedFile, build_field_key
from consents.ops.importing.rows import ParsedRow, RecordDraft
from consents.ops.importing.scratch import list_row_keys
from consents.people.services.customer_records import ListedCustomer

SHIPPED = Path(mapping.__file__).parents[1] / "demo"
CATEGORY = '[[category]]\nkey = "orders"\ntitle = "Orders"\nfields = { Total = "Total" }\n'


def load(folder: Path, text: str) -> mapping.Mapping:
    path = folder / "map.toml"
    path.write_text(text)
    return mapping.load_mapping(path)


@pytest.mark.parametrize("name", ["customers", "invoices", "purchases"])
def test_the_shipped_mappings_work(name):
    assert mapping.load_mapping(SHIPPED / f"{name}.toml").categories


def test_it_reads_a_join(tmp_path):
    found = load(tmp_path, 'via = { file = "i.csv", key = "Id", reference = "C", column = "InvoiceId" }\n' + CATEGORY)

    assert found.via == JoinedFile("i.csv", "InvoiceId", "Id", "C")
    assert found.columns == ["InvoiceId", "Total"]


def test_it_reads_codes(tmp_path):
    text = 'customers = true\nreference = "Id"\ncountry = { column = "Land", values = { "Germany " = "DE" } }\n'
    found = load(tmp_path, text)

    assert found.country == CodeColumn("Land", {"germany": "DE"}, "")
    assert found.language == CodeColumn("", {}, "en")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "name the column of the customer’s reference"),
        ("reference = ", "not TOML"),
        ('reference = "Id"', "no data category"),
        ("reference = 1\n" + CATEGORY, "must be text"),
        ('reference = "Id"\nvia = { file = "f", key = "k", reference = "r" }\n' + CATEGORY, "either as"),
        ('via = { file = "f" }\n' + CATEGORY, "“via” needs"),
        ('via = "f"\n' + CATEGORY, "must be a table"),
        ('customers = true\nvia = { file = "f", key = "k", reference = "r" }', "does not belong"),
        ('customers = "yes"\nreference = "Id"', "true or false"),
        ('reference = "Id"\nemail = "Email"\n' + CATEGORY, "customers = true"),
        ('reference = "Id"\nmail = "Email"\n' + CATEGORY, "knows no “mail”"),
        ('reference = "Id"\ncategory = 1', "[[category]]"),
        ('reference = "Id"\n' + CATEGORY + CATEGORY, "the same key"),
        ('reference = "Id"\n' + CATEGORY.replace('"orders"', '"My Orders"'), "small letters"),
        ('reference = "Id"\n' + CATEGORY.replace('title = "Orders"\n', ""), "needs a title"),
        ('reference = "Id"\n' + CATEGORY.replace('{ Total = "Total" }', "{ }"), "needs “fields”"),
        ('reference = "Id"\n' + CATEGORY.replace('{ Total = "Total" }', '{ A-b = "A", A_b = "B" }'), "same name"),
        ('customers = true\nreference = "Id"\ncountry = { values = { x = "deu" } }', "is not a code for country"),
        ('customers = true\nreference = "Id"\nlanguage = { default = "English" }', "is not a code for language"),
    ],
)
def test_it_refuses_a_bad_mapping_in_one_sentence(tmp_path, text, words):
    with pytest.raises(BadMapping) as refusal:
        load(tmp_path, text)

    assert words in str(refusal.value)
    assert str(refusal.value).count("\n") == 0


def test_it_refuses_what_cannot_be_read(tmp_path):
    (tmp_path / "latin.toml").write_bytes(b'reference = "N\xfcmmer"')
    for name in ["missing.toml", "latin.toml"]:
        with pytest.raises(BadMapping):
            mapping.load_mapping(tmp_path / name)


@pytest.mark.parametrize(
    ("column", "key"),
    [("FirstName", "first_name"), ("First name", "first_name"), ("E-Mail", "e_mail"), ("Größe", "größe")],
)
def test_a_field_is_named_after_its_column(column, key):
    assert build_field_key(column) == key


def test_keys_of_customers_lie_as_their_references_do():
    references = [f"C-{number:09}" for number in range(50)] + ["Ä" * 30]
    keys = [list_row_keys(text, ParsedRow(2, text, ListedCustomer(text), [])).pop() for text in references]

    assert keys == sorted(keys)
    assert max(map(len, keys)) == 32


def test_keys_differ_where_references_begin_alike_or_records_differ():
    long = ["R" * 40 + end for end in "ab"]
    drafts = [RecordDraft(category, name, {}, 0) for category in ("orders", "visits") for name in ("1", "2")]
    records = [list_row_keys(text, ParsedRow(2, text, None, drafts)) for text in long]
    customers = [list_row_keys(text, ParsedRow(2, text, ListedCustomer(text), [])) for text in long]

    assert len(set().union(*records, *customers)) == 2 * 4 + 2
