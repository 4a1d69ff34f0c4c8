"""Export the catalogue as it stands in the database, as YAML. The same catalogue always gives the same text."""

from collections.abc import Set
from datetime import timedelta
from typing import Any

import yaml
from django.conf import settings

from consents.catalogue import selectors
from consents.catalogue.display import get_words
from consents.catalogue.exchange.parsing import FACTS, FORMAT, SETTINGS, UNITS, Catalogue, Entry, order_by_language
from consents.catalogue.models import Category, PurposeVersion, Recipient

HEAD = """\
# The catalogue of a consent portal: what may be asked for, why, and what customers read about it.
# Terms are those of the Data Privacy Vocabulary 2.3, legal bases GDPR Art 6(1), safeguards GDPR Art 45-49, countries
# ISO 3166.
"""
RECIPIENT_FACTS = ["name", "kind", "address", "contact", "country", "safeguard"]


def collect_catalogue() -> tuple[Catalogue, list[str]]:
    """Collect the version in force of every purpose, or else its newest draft; nothing retired.

    Also return the codes left out because they are not written in every language yet.
    """
    all_categories = list(Category.objects.prefetch_related("fields"))
    categories = {
        category.code: build_category_entry(category) for category in all_categories if is_category_complete(category)
    }
    versions = selectors.list_current_or_drafts()
    purposes = {
        version.purpose.code: build_purpose_entry(version)
        for version in versions
        if is_version_complete(version, categories.keys())
    }
    recipients = {recipient.code: build_recipient_entry(recipient) for recipient in Recipient.objects.all()}
    found = {category.code for category in all_categories} | {version.purpose.code for version in versions}
    left_out = found - categories.keys() - purposes.keys()
    return {"categories": categories, "recipients": recipients, "purposes": purposes}, sorted(left_out)


def is_category_complete(category: Category) -> bool:
    words = [category.words, *(field.labels for field in category.fields.all())]
    return bool(category.term) and all(
        language in translations for translations in words for language in settings.PORTAL_LANGUAGES
    )


def is_version_complete(version: PurposeVersion, categories: Set[str]) -> bool:
    notices = {notice.language: notice for notice in version.notices.all()}
    return (
        bool(version.dpv_purpose)
        and {category.code for category in version.categories.all()} <= categories
        and all(language in notices for language in settings.PORTAL_LANGUAGES)
        and all(
            getattr(notice, word) for notice in notices.values() for word in ("name", "sentence", "text", "retention")
        )
    )


def build_category_entry(category: Category) -> Entry:
    return {
        "term": category.term,
        "sensitive": category.sensitive,
        "special": category.special,
        "order": category.order,
        "words": order_by_language(
            {language: pick_category_words(words) for language, words in category.words.items()}
        ),
        "fields": [{"key": field.key, "labels": order_by_language(field.labels)} for field in category.fields.all()],
    }


def pick_category_words(words: dict[str, str]) -> dict[str, str]:
    source = {"source": words["source"]} if words.get("source") else {}
    return {"title": words.get("title", ""), "description": words.get("description", "")} | source


def build_recipient_entry(recipient: Recipient) -> Entry:
    """Build the entry without empty facts: inside the EEA there is no safeguard to name."""
    facts = {name: getattr(recipient, name) for name in RECIPIENT_FACTS}
    return {name: value for name, value in facts.items() if value}


def build_purpose_entry(version: PurposeVersion) -> Entry:
    facts = {name: getattr(version.purpose if name in SETTINGS else version, name) for name in SETTINGS | FACTS}
    notices = {
        notice.language: {word: text.strip() for word, text in get_words(notice).items()}
        for notice in version.notices.all()
    }
    return dict(sorted(facts.items())) | {
        "categories": sorted(category.code for category in version.categories.all()),
        "recipients": sorted(recipient.code for recipient in version.recipients.all()),
        "notices": order_by_language(notices),
    }


class CatalogueDumper(yaml.SafeDumper):
    """Write everything out, and text of several lines on several lines."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def represent_text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


CatalogueDumper.add_representer(str, represent_text)
CatalogueDumper.add_representer(timedelta, lambda dumper, length: represent_text(dumper, format_length(length)))


def write_catalogue(catalogue: Catalogue) -> str:
    content = {"format": FORMAT} | {part: dict(sorted(entries.items())) for part, entries in catalogue.items()}
    return HEAD + yaml.dump(content, Dumper=CatalogueDumper, allow_unicode=True, sort_keys=False, width=110)


def format_length(length: timedelta) -> str:
    """Format as "7 days" or "90 minutes", in the largest unit that divides the length."""
    for unit, size in UNITS.items():
        if length >= size and not length % size:
            count = length // size
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return f"{length // UNITS['minute']} minutes"
