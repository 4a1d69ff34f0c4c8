"""Import a catalogue file as drafts, all of it or nothing. Entries that are the same already stay as they are."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from consents.catalogue.exchange.collecting import build_category_entry, build_purpose_entry, build_recipient_entry
from consents.catalogue.exchange.entries import Catalogue, CategoryEntry, PurposeEntry, RecipientEntry
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


@dataclass
class ImportReport:
    """Codes of what was drafted, and how many things are as they were."""

    drafted: list[str] = field(default_factory=list)
    unchanged: int = 0


@transaction.atomic
def import_catalogue(catalogue: Catalogue, officer: User | None, by: Actor) -> ImportReport:
    """Import all or nothing, as drafts of `officer`, or of whoever first saves a draft. Raises PublishedDiffers.

    Of two at once the second waits, and finds what the first has drafted.
    """
    appending.lock_people(TURN)
    lock_known_entries(catalogue)
    report = ImportReport()
    drafted = [
        *((entry.code, import_category(entry, by)) for entry in catalogue.categories),
        *((entry.code, import_recipient(entry, by)) for entry in catalogue.recipients),
        *((entry.code, import_purpose(entry, officer, by)) for entry in catalogue.purposes),
    ]
    report.drafted = [code for code, is_new in drafted if is_new]
    report.unchanged = len(drafted) - len(report.drafted)
    return report


def lock_known_entries(catalogue: Catalogue) -> None:
    """Lock what the file may change before the first entry of the ledger: an act about one of these holds its row, and
    waits for the company's chain.
    """
    known_entries: list[QuerySet[Any]] = [
        Category.objects.filter(code__in=[entry.code for entry in catalogue.categories]),
        Recipient.objects.filter(code__in=[entry.code for entry in catalogue.recipients]),
        Purpose.objects.filter(code__in=[entry.code for entry in catalogue.purposes]),
    ]
    for known in known_entries:
        list(known.order_by("pk").select_for_update(no_key=True).values_list("pk"))


def import_category(entry: CategoryEntry, by: Actor) -> bool:
    category = Category.objects.filter(code=entry.code).first() or Category(code=entry.code)
    if category.pk and build_category_entry(category) == entry:
        return False
    if category.published:
        sentence = _("“%(code)s” is already published with different content. Give the new entry a code of its own.")
        raise PublishedDiffers(sentence % {"code": entry.code})
    category.words, category.term, category.order = entry.words, entry.term, entry.order
    category.sensitive, category.special = entry.sensitive, entry.special
    fields = {field.key: field for field in category.fields.all()} if category.pk else {}
    categories.save_category(category=category, fields=list(build_fields(entry, fields)), by=by)
    return True


def build_fields(entry: CategoryEntry, fields: dict[str, Field]) -> Iterator[Field]:
    for order, (key, labels) in enumerate(entry.fields, start=1):
        field = fields.get(key) or Field(key=key)
        field.labels, field.order = labels, order
        yield field


def import_recipient(entry: RecipientEntry, by: Actor) -> bool:
    recipient = Recipient.objects.filter(code=entry.code).first() or Recipient(code=entry.code)
    if recipient.pk and build_recipient_entry(recipient) == entry:
        return False
    for name, value in entry.facts.items():
        setattr(recipient, name, value)
    recipients.save_recipient(recipient=recipient, by=by)
    return True


def import_purpose(entry: PurposeEntry, officer: User | None, by: Actor) -> bool:
    purpose = Purpose.objects.filter(code=entry.code).first() or Purpose(code=entry.code)
    if purpose.pk and any(build_purpose_entry(version) == entry for version in list_current_versions(purpose)):
        return False
    for name, value in entry.settings.items():
        setattr(purpose, name, value)
    purposes.save_purpose(purpose=purpose, by=by)
    draft = VersionDraft(
        PurposeVersion(purpose=purpose, **entry.facts),
        [Notice(language=language, **words) for language, words in entry.notices.items()],
        Category.objects.filter(code__in=entry.categories),
        Recipient.objects.filter(code__in=entry.recipients),
    )
    catalogue_versions.save_version(draft=draft, officer=officer, by=by)
    return True


def list_current_versions(purpose: Purpose) -> list[PurposeVersion]:
    """List the version in force and the drafts after it."""
    versions = list(purpose.versions.order_by("-number"))
    published = next((index for index, version in enumerate(versions) if version.published_at), len(versions))
    return versions[: published + 1]
