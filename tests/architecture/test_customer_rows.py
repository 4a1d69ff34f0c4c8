"""Groups of customers can live in databases of their own one day: read from the catalogue, table by table."""

import re

from django.apps import apps
from django.contrib import admin
from django.db.models import DateField

from tests.architecture.catalogue import read_catalogue
from tests.architecture.mutation.parts import our_tables
from tests.architecture.mutation.speaking import owner_speaking

# What every database would hold alike: the company's own, and its staff.
SHARED = {
    "access_sentencetemplate",
    "breaches_announcement",
    "breaches_announcementtext",
    "breaches_assessment",
    "breaches_authoritynotice",
    "breaches_breach",
    "breaches_closing",
    "catalogue_category",
    "catalogue_field",
    "catalogue_notice",
    "catalogue_purpose",
    "catalogue_purposeversion",
    "catalogue_purposeversion_categories",
    "catalogue_purposeversion_recipients",
    "catalogue_purposeversion_writers",
    "catalogue_recipient",
    "catalogue_retirement",
    "exports_approval",
    "exports_export",
    "exports_exportresult",
    "insights_cell",
    "insights_insight",
    "insights_question",
    "insights_result",
    "people_directorygroup",
    "people_directoryperson",
    "people_directoryperson_groups",
    "people_staffmember",
    "people_staffproposal",
    "rights_questiontemplate",
    "rights_savedview",
    "training_attempt",
    "training_attestation",
    "training_moduleversion",
}
# One per database: names a customer by value, or people who sign in there.
OF_EACH_DATABASE = {
    "ledger_chainhead",
    "ledger_checkpoint",
    "ledger_entry",
    "ledger_leaf",
    "ledger_restoration",
    "ledger_unjournalled",
    "notifications_failingaddress",
    "notifications_staffpreference",
    "people_erasedreference",
    "people_evidence",
    "people_submission",
    "people_user",
    "systems_receiver",
}
FOREIGN_KEYS = """
SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint
WHERE contype = 'f' AND connamespace = 'public'::regnamespace
"""
COLUMNS = "SELECT attrelid::regclass::text FROM pg_attribute WHERE attname = 'customer_id' AND attnum > 0"
WRITES = re.compile(r"^\s*(INSERT INTO|DELETE FROM|UPDATE) \w+", re.MULTILINE)
# Queues the new entry for the journal: no row of any customer's.
MAY_WRITE = {
    "queue_for_journal()",
    "copy_matched_customer()",
    "derive_progress()",
    "derive_progress_of_matched()",
    "remove_copies_with_request()",
}  # rows of one customer


def read(query: str) -> list[tuple]:
    with owner_speaking() as owner:
        return owner.execute(query).fetchall()


def customers_tables() -> set[str]:
    return set(our_tables()) - SHARED - OF_EACH_DATABASE - {"people_customer"}


def test_each_row_of_a_customer_carries_the_customers_id(db):
    """NULL only where it is not yet known whose a rights request is: in the request, and in what was noted on it."""
    carrying = {table for (table,) in read(COLUMNS)}

    assert customers_tables() - carrying == set()


def test_nothing_shared_points_to_a_customer(db):
    theirs = customers_tables() | {"people_customer"}

    assert [key for key in read(FOREIGN_KEYS) if key[0] in SHARED | OF_EACH_DATABASE and key[1] in theirs] == []


def test_no_trigger_writes_a_row_of_another_table(db):
    with owner_speaking() as owner:
        functions = read_catalogue(owner)["functions"]
    ours = {name: one for name, one in functions.items() if "procrastinate" not in name}
    writing = {name for name, one in ours.items() if one["returns"] == "trigger" and WRITES.search(one["definition"])}

    assert writing == MAY_WRITE


def test_numbers_of_ledger_and_log_stay_in_their_room():
    """They count within one database: no other table keeps one to compare with another's."""
    kept = {
        f"{model._meta.db_table}.{field.column}"
        for model in apps.get_models()
        if model._meta.db_table in our_tables() and not model._meta.db_table.startswith("ledger_")
        for field in model._meta.concrete_fields
        if field.column in ("entry", "entry_id", "sequence", "leaf_index") and field.get_internal_type() != "UUIDField"
    }

    assert kept == set()


def test_lists_of_officers_that_order_by_time_end_with_the_id():
    for model, page in admin.site._registry.items():
        times = {field.name for field in model._meta.concrete_fields if isinstance(field, DateField)}
        names = [str(name).lstrip("-") for name in page.ordering or ()]  # or an expression, which is no name
        if times & {*names}:
            assert names[-1] == "pk", model
