"""The catalogue against somebody with the application's password: nothing of it changes without its ledger entry."""

import pytest

from consents.catalogue.services import categories, versions
from consents.ledger.rules import PORTAL
from tests.architecture.mutation.attempts.catalogue import NEW_CATEGORY, PUBLISH, RETIRE
from tests.architecture.mutation.attempts.statements import told
from tests.world.cast import make_recipient, quinn
from tests.world.retirements import propose_end
from tests.world.scene_fixtures import scene

REFUSED = "23001"
CHANGES = {
    "catalogue_purpose": "UPDATE catalogue_purpose SET access_most = '3 days', access_default = '3 days'",
    "catalogue_purposeversion": "UPDATE catalogue_purposeversion SET legal_basis = 'A6-1-f' WHERE id = {draft}",
    "catalogue_notice": "UPDATE catalogue_notice SET text = 'Other' WHERE version_id = {draft}",
    "catalogue_purposeversion_categories": "DELETE FROM catalogue_purposeversion_categories"
    " WHERE purposeversion_id = {draft}",
    "catalogue_purposeversion_recipients": "INSERT INTO catalogue_purposeversion_recipients"
    " (purposeversion_id, recipient_id) SELECT {draft}, id FROM catalogue_recipient",
    "catalogue_purposeversion_writers": "INSERT INTO catalogue_purposeversion_writers (purposeversion_id, user_id)"
    " SELECT {draft}, user_id FROM people_staffmember WHERE role = 'compliance_officer'",
    "catalogue_recipient": "UPDATE catalogue_recipient SET name = 'Other'",
    "catalogue_category": "UPDATE catalogue_category SET code = 'other' WHERE id = {half}",
    "catalogue_field": 'INSERT INTO catalogue_field (category_id, key, labels, "order")'
    " VALUES ({half}, 'x', '{{}}', 1)",
}
CONFIRM = "UPDATE catalogue_retirement SET approved_at = portal.now(), approved_by_id = %s WHERE id = %s"
WHOLE = {"purpose": "purpose", "recipient": "recipient", "category": "half", "field": "half"}


@scene
def ids(real_world):
    world = real_world
    return {
        "draft": versions.draft_next_version(purpose=world.purpose, officer=quinn(), by=PORTAL).pk,
        "half": categories.draft_category(code="half", words={}, sensitive=False, fields=[], by=PORTAL).pk,
        "recipient": make_recipient("printer").pk,
        "purpose": world.purpose.pk,
        "retirement": str(propose_end(world.purpose, world.quinn).pk),
        "quinn": str(world.quinn.pk),
        "pia": str(world.pia.pk),
    }


def whole_of(table: str) -> tuple[str, str]:
    """Which id the entry names, and the kind of its event."""
    kind = table.removeprefix("catalogue_")
    if kind in WHOLE:
        return WHOLE[kind], "category" if WHOLE[kind] == "half" else kind
    return "draft", "purpose_version"


@pytest.mark.parametrize("table", CHANGES)
def test_it_changes_with_an_entry_of_the_whole_alone(ids, tried, table):
    change, (whole, kind) = CHANGES[table].format(**ids), whole_of(table)
    refused = f"{REFUSED} {table}_on_record"

    assert tried(change) == refused
    assert tried(told(f"{kind}.changed", ids[whole] + 1000), change) == refused
    assert tried(told("staff.ended", ids[whole]), change) == refused
    assert tried(told(f"{kind}.changed", ids[whole]), change).startswith("allowed")


def test_a_draft_does_not_vanish_off_record(ids, tried):
    gone = ("DELETE FROM catalogue_field WHERE category_id = %s", [ids["half"]])
    gone_whole = ("DELETE FROM catalogue_category WHERE id = %s", [ids["half"]])

    assert tried(gone, gone_whole) == f"{REFUSED} catalogue_category_on_record"


def test_it_is_published_with_an_entry_that_says_so(real_world, ids, tried):
    hashed = ("UPDATE catalogue_notice SET hash = repeat('0', 64) WHERE version_id = %s", [ids["draft"]])
    publish = hashed, (PUBLISH, [real_world.pia.pk, ids["draft"]])

    assert tried(told("purpose_version.changed", ids["draft"]), *publish) == (
        f"{REFUSED} catalogue_purposeversion_published_on_record"
    )
    assert tried(told("purpose_version.published", ids["draft"], by=("staff", real_world.quinn.pk)), *publish) == (
        f"{REFUSED} catalogue_purposeversion_published_on_record"
    )
    theirs = told("purpose_version.published", ids["draft"], by=("staff", real_world.pia.pk))
    assert tried(theirs, *publish).startswith("allowed")


def test_a_category_is_published_with_an_entry_that_says_so(tried):
    new = NEW_CATEGORY.format(published="true")

    assert tried(told("category.drafted", 987654), new) == f"{REFUSED} catalogue_category_published_on_record"
    assert tried(told("category.published", 987654), new).startswith("allowed")


def test_a_purpose_is_retired_with_an_entry_that_says_so(ids, tried):
    retire = (RETIRE, [ids["purpose"]])
    by_two = (CONFIRM, [ids["pia"], ids["retirement"]])
    officers = {"proposed_by": ids["quinn"], "confirmed_by": ids["pia"], "retirement": ids["retirement"]}
    entry = told("purpose.retired", ids["purpose"], **officers)

    for event in ("purpose.changed", "purpose.retired"):
        assert tried(told(event, ids["purpose"]), by_two, retire) == f"{REFUSED} catalogue_purpose_retired_on_record"
    assert tried(entry, retire) == f"{REFUSED} catalogue_purpose_retired_now"
    assert tried(entry, by_two, retire).startswith("allowed")


def test_fields_added_to_a_known_draft_are_on_record(ids):
    """As the import does when it finds more columns."""
    more = categories.draft_category(code="half", words={}, sensitive=False, fields=[("x", {"en": "X"})], by=PORTAL)

    assert [field.key for field in more.fields.all()] == ["x"]
