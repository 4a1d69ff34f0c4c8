"""Export the catalogue as it stands in the database, as YAML. The same catalogue always gives the same text."""

from collections.abc import Set
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import yaml
from django.conf import settings
from django.db import transaction
from django.db.models import Manager
from django.utils.translation import gettext as _

from consents.catalogue import selectors
from consents.catalogue.display import get_words
from consents.catalogue.exchange.parsing import FACTS, FORMAT, SETTINGS, UNITS, Catalogue, Entry, order_by_language
from consents.catalogue.models import Category, Field, Notice, Purpose, PurposeVersion, Recipient
from consents.catalogue.services import categories
from consents.catalogue.services import versions as catalogue_versions
from consents.catalogue.services import versions as purposes
from consents.catalogue.services.versions import VersionDraft
from consents.core.refusals import Refusal
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people.models import User

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


# Import a catalogue file as drafts, all of it or nothing. Entries that are the same already stay as they are.

TURN = UUID(int=0xCA7A)  # imports wait for each other here


class PublishedDiffers(Refusal):
    """Raised when the file changes something that customers have read."""


class ImportReport(NamedTuple):
    """Codes of what was drafted, and how many things are as they were."""

    drafted: list[str]
    unchanged: int


@transaction.atomic
def import_catalogue(catalogue: Catalogue, officer: User | None, by: Actor) -> ImportReport:
    """Import all or nothing, as drafts of `officer`, or of whoever first saves a draft. Raises PublishedDiffers.

    Of two at once the second waits, and finds what the first has drafted.
    """
    appending.lock_people(TURN)
    lock_known_entries(catalogue)
    imported = [
        *((code, import_category(code, entry, by)) for code, entry in catalogue["categories"].items()),
        *((code, import_recipient(code, entry, by)) for code, entry in catalogue["recipients"].items()),
        *((code, import_purpose(code, entry, officer, by)) for code, entry in catalogue["purposes"].items()),
    ]
    drafted = [code for code, is_new in imported if is_new]
    return ImportReport(drafted, len(imported) - len(drafted))


def lock_known_entries(catalogue: Catalogue) -> None:
    """Lock what the file may change before the first entry of the ledger: an act about one of these holds its row, and
    waits for the company's chain.
    """
    parts: dict[str, Manager[Any]] = {
        "categories": Category.objects,
        "recipients": Recipient.objects,
        "purposes": Purpose.objects,
    }
    for part, rows in parts.items():
        known = rows.filter(code__in=catalogue[part]).order_by("pk")
        list(known.select_for_update(no_key=True).values_list("pk"))


def import_category(code: str, entry: Entry, by: Actor) -> bool:
    category = Category.objects.filter(code=code).first() or Category(code=code)
    if category.pk and build_category_entry(category) == entry:
        return False
    if category.published:
        sentence = _("“%(code)s” is already published with different content. Give the new entry a code of its own.")
        raise PublishedDiffers(sentence % {"code": code})
    for name in ("term", "sensitive", "special", "order", "words"):
        setattr(category, name, entry[name])
    known = {field.key: field for field in category.fields.all()} if category.pk else {}
    fields = [known.get(written["key"]) or Field(key=written["key"]) for written in entry["fields"]]
    for order, (field, written) in enumerate(zip(fields, entry["fields"], strict=True), start=1):
        field.labels, field.order = written["labels"], order
    categories.save_category(category=category, fields=fields, by=by)
    return True


def import_recipient(code: str, entry: Entry, by: Actor) -> bool:
    recipient = Recipient.objects.filter(code=code).first() or Recipient(code=code)
    if recipient.pk and build_recipient_entry(recipient) == entry:
        return False
    for name in RECIPIENT_FACTS:
        setattr(recipient, name, entry.get(name, ""))
    categories.save_recipient(recipient=recipient, by=by)
    return True


def import_purpose(code: str, entry: Entry, officer: User | None, by: Actor) -> bool:
    purpose = Purpose.objects.filter(code=code).first() or Purpose(code=code)
    if purpose.pk and any(build_purpose_entry(version) == entry for version in list_current_versions(purpose)):
        return False
    for name in SETTINGS:
        setattr(purpose, name, entry[name])
    purposes.save_purpose(purpose=purpose, by=by)
    draft = VersionDraft(
        PurposeVersion(purpose=purpose, **{name: entry[name] for name in FACTS}),
        [Notice(language=language, **words) for language, words in entry["notices"].items()],
        Category.objects.filter(code__in=entry["categories"]),
        Recipient.objects.filter(code__in=entry["recipients"]),
    )
    catalogue_versions.save_version(draft=draft, officer=officer, by=by)
    return True


def list_current_versions(purpose: Purpose) -> list[PurposeVersion]:
    """List the version in force and the drafts after it."""
    versions = list(purpose.versions.order_by("-number"))
    published = next((index for index, version in enumerate(versions) if version.published_at), len(versions))
    return versions[: published + 1]
