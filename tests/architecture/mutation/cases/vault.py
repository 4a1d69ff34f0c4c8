"""What lies in the vault, what leaves it and what may be written: two customers, two kinds of data."""

from collections.abc import Iterator
from typing import Any

from tests.architecture.mutation.varying import (
    ADA,
    BEN,
    NOW,
    ONE,
    OTTO,
    PAST,
    PIA,
    TWO,
    Case,
    Row,
    called,
    deleted,
    entry,
    inserted,
    plain,
)

THREE = "b3000000-0000-4000-8000-000000000000"
RESTORING = ("ledger_restoration", {"id": 1, "opened_at": None})
KINDS = (("catalogue_category", {"id": 1, "code": "orders"}), ("catalogue_category", {"id": 2, "code": "health"}))
ERASED = ("people_customer", {"id": ADA, "erased_at": PAST})
LIVING = (("people_customer", {"id": ADA, "erased_at": None}), ("people_customer", {"id": BEN, "erased_at": PAST}))


def record(**more: Any) -> Row:
    row = {"id": ONE, "customer_id": ADA, "category_id": 1, "position": 0, "sealed": {"item": "1:x"}, "stored_at": NOW}
    return row | more


def part(**more: Any) -> Row:
    row = {"id": TWO, "customer_id": ADA, "request": ONE, "deleted": ["orders"], "kept": [], "law": ""}
    row |= {"proposed_by_id": PIA, "proposed_at": NOW, "confirmed_by_id": None, "done_at": None}
    return row | {"cancelled_by_id": None, "cancelled_at": None, "original": None} | more


def cases() -> Iterator[Case]:
    yield from functions_of_the_vault()
    yield from what_leaves_and_what_comes()
    yield from entries_of_writes()
    yield from erasures_of_parts()


def functions_of_the_vault() -> Iterator[Case]:
    """Asked about Ada's orders, where Ben has orders and Ada has health notes."""
    others = [record(id=TWO, customer_id=BEN), record(id=THREE, category_id=2)]
    rows = [("vault_record", one) for one in (record(), *others)]
    digests = [
        ("vault_fingerprint", {"record": one["id"], "customer_id": one["customer_id"], "digest": "\\x01"})
        for _table, one in rows
    ]
    for some in (rows, rows[1:], rows[:1], rows[1:2], rows[2:]):
        yield plain(called("holds_categories", [("uuid", ADA), ("bigint[]", "{1}")], *some))
        yield plain(called("remove_categories", [("uuid", ADA), ("bigint[]", "{1}")], *some))
    for customer, category in ((ADA, 1), (ADA, 2), (BEN, 1), (BEN, 2)):
        about = [("uuid", ONE), ("uuid", customer), ("bigint", category), ("int", 2)]
        yield plain(called("read_records", about, *rows, *digests))
    for id in (ONE, TWO, THREE):
        about = [("uuid", id), ("uuid", ADA), ("bigint", 1)]
        yield plain(called("is_record_of", about, *rows))
        yield plain(called("pick_value", [*about, ("text", "item")], *rows, *digests))
        yield plain(called("correct_value", [*about, ("text", "item"), ("text", "2:y")], *rows, *digests))


def what_leaves_and_what_comes() -> Iterator[Case]:
    done = [part(done_at=PAST), part(done_at=None), part(done_at=PAST, deleted=["health"])]
    done += [part(done_at=PAST, customer_id=BEN), part(done_at=PAST, deleted=[], kept=["orders"])]
    for one in done:
        erasure = ("vault_parterasure", one)
        for kinds in (KINDS, KINDS[1:]):
            yield plain(deleted("refuse_removal_of_records", "vault_record", record(), erasure, *kinds))
            yield plain(inserted("refuse_records_of_deleted_category", "vault_record", record(), erasure, *kinds))
    for people in ((), (ERASED,), LIVING, (ERASED, ("people_customer", {"id": BEN, "erased_at": None}))):
        yield plain(deleted("refuse_removal_of_records", "vault_record", record(), *people))
        yield plain(inserted("refuse_rows_of_erased_customer", "vault_record", record(), *people))


def entries_of_writes() -> Iterator[Case]:
    for customer in (None, ADA, BEN):
        told = entry("vault.stored", "records", "portal", "", customer=customer)
        yield plain(inserted("require_entry_for_vault_write", "vault_record", record(), told))
    for sealed in ({}, [], "x", {"item": "1:x"}, {"item": "2:x"}):
        told = entry("vault.stored", "records", "portal", "")
        yield plain(inserted("require_values_of_this_write", "vault_record", record(sealed=sealed), told))


def erasures_of_parts() -> Iterator[Case]:
    rule, table = "check_partial_erasure", "vault_parterasure"
    for change in ({}, {"kept": ["orders"]}, {"deleted": "x"}, {"kept": "x"}, {"done_at": NOW}):
        yield plain(inserted(rule, table, part(**change)))
    rule = "require_entry_for_partial_erasure"
    done = part(done_at=NOW, confirmed_by_id=OTTO)
    details = {"request": ONE, "deleted": ["orders"], "kept": [], "law": ""}
    told = entry("customer.part_erased", TWO, "staff", OTTO, details=details)
    hold = ("people_legalhold", {"id": ONE, "customer_id": ADA, "lifted_at": None})
    for rest in ((), (("vault_record", record()),), (hold,)):
        for original in (None, "\\x01"):
            yield plain(inserted(rule, table, done | {"original": original}, told, *KINDS, *rest))
