"""A kind of data that customers have read stays as it is."""

import pytest

from consents.catalogue.models import Category
from consents.catalogue.services import categories
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from tests.forms import forms_on
from tests.world.cast import signed_in


def test_its_title_is_not_written_anew(world):
    category, title = world.categories["orders"], world.categories["orders"].title
    entries = Entry.objects.count()
    category.words = {"en": {"title": "Everything", "description": ""}}

    with pytest.raises(categories.CategoryIsPublished):
        categories.save_category(category=category, fields=[], by=PORTAL)

    assert Category.objects.get(pk=category.pk).title == title
    assert Entry.objects.count() == entries


def test_publishing_it_again_changes_nothing(world):
    before = Entry.objects.count()

    categories.publish_category(category=world.categories["orders"], by=PORTAL)

    assert Entry.objects.count() == before


def test_who_goes_on_to_publish_it_without_a_change_writes_nothing(world):
    words = {code: {"title": "Calls", "description": ""} for code in ("en", "de", "es")}
    draft = categories.draft_category(
        code="calls", words=words, sensitive=False, fields=[], term="pd:Contact", by=PORTAL
    )
    pia, address = signed_in(world.pia.user), f"/admin/catalogue/category/{draft.pk}/change/"
    shown = next(form for form in forms_on(pia.get(address)) if "code" in form.fields)
    before = Entry.objects.count()

    led_to = pia.post(address, dict(shown.fields) | {"term": "pd:Contact", "_next": "publish"})

    assert led_to.url.endswith("/act/publish/") and Entry.objects.count() == before
