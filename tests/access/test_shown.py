"""The digest covers every word and every field a yes would disclose (promise 2)."""

import pytest

from consents.access.models import AccessRequest
from consents.access.shown import shown
from consents.catalogue.models import Field
from consents.core.canonical import digest
from consents.core.owner import as_owner
from tests.cast import ask


def as_shown_now(request: AccessRequest) -> dict:
    row = AccessRequest.objects.get(pk=request.pk)
    return shown(row, row.version, [requested.category for requested in row.requested.all()])


def test_it_is_what_was_filed(world):
    request = ask(world, "orders", "contact")
    assert digest(as_shown_now(request)) == request.digest
    assert as_shown_now(request)["categories"] == {"contact": ["name", "phone"], "orders": ["item", "price"]}


@pytest.mark.parametrize("change", ["add", "rename", "remove"])
def test_a_field_forced_in_after_filing_makes_another_digest(real_world, change):
    request = ask(real_world, "orders")
    with as_owner() as owner, owner.cursor() as cursor:
        cursor.execute("ALTER TABLE catalogue_field DISABLE TRIGGER catalogue_field_frozen")
        fields = Field.objects.filter(category=real_world.categories["orders"])
        if change == "add":
            fields.create(category=real_world.categories["orders"], key="diagnosis", labels={"en": "Diagnosis"})
        elif change == "rename":
            fields.filter(key="item").update(key="diagnosis")
        else:
            fields.filter(key="item").delete()
        cursor.execute("ALTER TABLE catalogue_field ENABLE ALWAYS TRIGGER catalogue_field_frozen")

    assert digest(as_shown_now(request)) != request.digest
