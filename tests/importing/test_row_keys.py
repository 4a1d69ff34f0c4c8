"""The keys a file is searched for repeats by lie in the order of its customers, and differ wherever the rows do."""

from consents.ops.importing.rows import ParsedRow, RecordDraft
from consents.ops.importing.scratch import list_row_keys
from consents.people.services.customer_records import ListedCustomer


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
