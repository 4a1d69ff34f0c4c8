"""Write the catalogue as YAML. The same catalogue always gives the same text."""

from datetime import timedelta
from typing import Any

import yaml
from django.conf import settings

from consents.catalogue.exchange.entries import (
    FORMAT,
    Catalogue,
    CategoryEntry,
    PurposeEntry,
    RecipientEntry,
    format_length,
)

HEAD = """\
# The catalogue of a consent portal: what may be asked for, why, and what customers read about it.
# Terms are those of the Data Privacy Vocabulary 2.3, legal bases GDPR Art 6(1), safeguards GDPR Art 45-49, countries
# ISO 3166.
"""


class CatalogueDumper(yaml.SafeDumper):
    """Write everything out, and text of several lines on several lines."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def represent_text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


CatalogueDumper.add_representer(str, represent_text)


def write_catalogue(catalogue: Catalogue) -> str:
    content = {
        "format": FORMAT,
        "categories": {entry.code: build_category_node(entry) for entry in sort_by_code(catalogue.categories)},
        "recipients": {entry.code: build_recipient_node(entry) for entry in sort_by_code(catalogue.recipients)},
        "purposes": {entry.code: build_purpose_node(entry) for entry in sort_by_code(catalogue.purposes)},
    }
    return HEAD + yaml.dump(content, Dumper=CatalogueDumper, allow_unicode=True, sort_keys=False, width=110)


def sort_by_code(entries: list[Any]) -> list[Any]:
    return sorted(entries, key=lambda entry: entry.code)


def build_recipient_node(entry: RecipientEntry) -> dict[str, str]:
    """Build the node without empty facts: inside the EEA there is no safeguard to name."""
    return {name: value for name, value in entry.facts.items() if value}


def build_category_node(entry: CategoryEntry) -> dict[str, Any]:
    return {
        "term": entry.term,
        "sensitive": entry.sensitive,
        "special": entry.special,
        "order": entry.order,
        "words": order_by_language(entry.words),
        "fields": [{"key": key, "labels": order_by_language(labels)} for key, labels in entry.fields],
    }


def build_purpose_node(entry: PurposeEntry) -> dict[str, Any]:
    values = {name: build_value(value) for name, value in sorted((entry.settings | entry.facts).items())}
    return values | {
        "categories": entry.categories,
        "recipients": entry.recipients,
        "notices": order_by_language(entry.notices),
    }


def build_value(value: Any) -> Any:
    if isinstance(value, timedelta):
        return format_length(value)
    return str(value) if isinstance(value, str) else value


def order_by_language[T](words: dict[str, T]) -> dict[str, T]:
    """Order a mapping by the portal's order of languages."""
    return {language: words[language] for language, _name in settings.LANGUAGES if language in words}
