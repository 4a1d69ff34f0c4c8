"""The catalogue as YAML text: the same catalogue is always the same text."""

from datetime import timedelta
from typing import Any

import yaml
from django.conf import settings

from consents.catalogue.exchange.form import (
    FORMAT,
    Catalogue,
    CategoryEntry,
    PurposeEntry,
    RecipientEntry,
    length_in_words,
)

HEAD = """\
# The catalogue of a consent portal: what may be asked for, why, and what customers read about it.
# Terms are those of the Data Privacy Vocabulary 2.3, legal bases GDPR Art 6(1), safeguards GDPR Art 45-49, countries
# ISO 3166.
"""


class Dumper(yaml.SafeDumper):
    """Writes everything out, and text of several lines on several lines."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def text_of(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


Dumper.add_representer(str, text_of)


def write(catalogue: Catalogue) -> str:
    content = {
        "format": FORMAT,
        "categories": {one.code: category(one) for one in by_code(catalogue.categories)},
        "recipients": {one.code: recipient(one) for one in by_code(catalogue.recipients)},
        "purposes": {one.code: purpose(one) for one in by_code(catalogue.purposes)},
    }
    return HEAD + yaml.dump(content, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=110)


def by_code(entries: list[Any]) -> list[Any]:
    return sorted(entries, key=lambda entry: entry.code)


def recipient(entry: RecipientEntry) -> dict[str, str]:
    """Without what protects the data where the law does."""
    return {name: value for name, value in entry.facts.items() if value}


def category(entry: CategoryEntry) -> dict[str, Any]:
    return {
        "term": entry.term,
        "sensitive": entry.sensitive,
        "special": entry.special,
        "order": entry.order,
        "words": in_order(entry.words),
        "fields": [{"key": key, "labels": in_order(labels)} for key, labels in entry.fields],
    }


def purpose(entry: PurposeEntry) -> dict[str, Any]:
    about = {name: spelt(value) for name, value in sorted((entry.settings | entry.facts).items())}
    return about | {
        "categories": entry.categories,
        "recipients": entry.recipients,
        "notices": in_order(entry.notices),
    }


def spelt(value: Any) -> Any:
    if isinstance(value, timedelta):
        return length_in_words(value)
    return str(value) if isinstance(value, str) else value


def in_order[T](words: dict[str, T]) -> dict[str, T]:
    """By language, in the order of the portal's."""
    return {language: words[language] for language, _name in settings.LANGUAGES if language in words}
