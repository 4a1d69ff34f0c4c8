"""Import a catalogue file as drafts, all of it or nothing. Entries that are the same already stay as they are."""

from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Manager
from django.utils.translation import gettext as _

from consents.catalogue.exchange.exporting import (
    RECIPIENT_FACTS,
    build_category_entry,
    build_purpose_entry,
    build_recipient_entry,
)
from consents.catalogue.exchange.parsing import FACTS, SETTINGS, Catalogue, Entry
from consents.catalogue.models import Category, Field, Notice, Purpose, PurposeVersion, Recipient
from consents.catalogue.services import categories, purposes, recipients
from consents.catalogue.services import versions as catalogue_versions
from consents.catalogue.services.versions import VersionDraft
from consents.core.refusals import Refusal
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people.models import User

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
    recipients.save_recipient(recipient=recipient, by=by)
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
