"""The digest covers every word and every field a yes would disclose (promise 2)."""

from datetime import timedelta

import pytest

from consents.access.display import build_displayed_request
from consents.access.models import AccessRequest, Grant
from consents.access.rules import BeyondRequest
from consents.catalogue.models import Field
from consents.core.canonical import compute_digest
from consents.core.owner import silence_triggers
from consents.core.refusals import Unknown
from tests.world.cast import answer, ask
from tests.world.owners import acting_as_owner


def as_shown_now(request: AccessRequest) -> dict:
    row = AccessRequest.objects.get(pk=request.pk)
    return build_displayed_request(row, [requested.category for requested in row.requested.all()])


def test_the_digest_is_of_the_request_as_filed(world):
    request = ask(world, "orders", "contact")
    assert compute_digest(as_shown_now(request)) == request.digest
    assert as_shown_now(request)["categories"] == {"contact": ["name", "phone"], "orders": ["item", "price"]}


@pytest.mark.parametrize("change", ["add", "rename", "remove"])
def test_a_field_forced_in_after_filing_makes_another_digest(real_world, change):
    request = ask(real_world, "orders")
    with acting_as_owner() as owner, silence_triggers(owner, "catalogue_field"):
        fields = Field.objects.filter(category=real_world.categories["orders"])
        if change == "add":
            fields.create(category=real_world.categories["orders"], key="diagnosis", labels={"en": "Diagnosis"})
        elif change == "rename":
            fields.filter(key="item").update(key="diagnosis")
        else:
            fields.filter(key="item").delete()

    assert compute_digest(as_shown_now(request)) != request.digest


def test_nobody_answers_anothers_request_or_allows_more_than_was_asked(world):
    theirs, own = ask(world, "orders", customer=world.ben), ask(world, "orders")
    with pytest.raises(Unknown):
        answer(world, theirs)
    for chosen, terms in (
        (["orders", "contact"], {}),
        (["orders"], {"duration": own.duration + timedelta(seconds=1)}),
        (["orders"], {"duration": timedelta(0)}),
    ):
        with pytest.raises(BeyondRequest):
            answer(world, own, "part", *chosen, **terms)
    assert not Grant.objects.exists()
