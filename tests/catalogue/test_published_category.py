"""A kind of data that customers have read stays as it is."""

import pytest

from consents.catalogue.models import Category
from consents.catalogue.services import categories
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL


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
