"""A catalogue file becomes drafts: all of it or nothing. What is there already in the same words stays as it is."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from consents.catalogue import services
from consents.catalogue.exchange.collecting import category_entry, purpose_entry, recipient_entry
from consents.catalogue.exchange.form import Catalogue, CategoryEntry, PurposeEntry, RecipientEntry
from consents.catalogue.models import Category, Field, Notice, Purpose, PurposeVersion, Recipient
from consents.catalogue.services import Draft
from consents.core.refusals import Refusal
from consents.ledger.rules import Actor
from consents.people.models import User


class CannotChange(Refusal):
    """What customers have read does not change."""


@dataclass
class Report:
    """Codes of what was drafted, and how many things are as they were."""

    drafted: list[str] = field(default_factory=list)
    unchanged: int = 0


@transaction.atomic
def take(catalogue: Catalogue, officer: User | None, by: Actor) -> Report:
    """`officer` answers for the drafts; without one, whoever first saves a draft does. Raises CannotChange."""
    report = Report()
    drafted = [
        *((one.code, take_category(one, by)) for one in catalogue.categories),
        *((one.code, take_recipient(one, by)) for one in catalogue.recipients),
        *((one.code, take_purpose(one, officer, by)) for one in catalogue.purposes),
    ]
    report.drafted = [code for code, is_new in drafted if is_new]
    report.unchanged = len(drafted) - len(report.drafted)
    return report


def take_category(entry: CategoryEntry, by: Actor) -> bool:
    row = Category.objects.filter(code=entry.code).first() or Category(code=entry.code)
    if row.pk and category_entry(row) == entry:
        return False
    if row.published:
        sentence = _("“%(code)s” is published and reads otherwise. Give what is new a code of its own.")
        raise CannotChange(sentence % {"code": entry.code})
    row.words, row.term, row.order = entry.words, entry.term, entry.order
    row.sensitive, row.special = entry.sensitive, entry.special
    known = {one.key: one for one in row.fields.all()} if row.pk else {}
    services.save_category(category=row, fields=list(fields_of(entry, known)), by=by)
    return True


def fields_of(entry: CategoryEntry, known: dict[str, Field]) -> Iterator[Field]:
    for order, (key, labels) in enumerate(entry.fields, start=1):
        row = known.get(key) or Field(key=key)
        row.labels, row.order = labels, order
        yield row


def take_recipient(entry: RecipientEntry, by: Actor) -> bool:
    row = Recipient.objects.filter(code=entry.code).first() or Recipient(code=entry.code)
    if row.pk and recipient_entry(row) == entry:
        return False
    for name, value in entry.facts.items():
        setattr(row, name, value)
    services.save_recipient(recipient=row, by=by)
    return True


def take_purpose(entry: PurposeEntry, officer: User | None, by: Actor) -> bool:
    purpose = Purpose.objects.filter(code=entry.code).first() or Purpose(code=entry.code)
    if purpose.pk and any(purpose_entry(version) == entry for version in current(purpose)):
        return False
    for name, value in entry.settings.items():
        setattr(purpose, name, value)
    services.save_purpose(purpose=purpose, by=by)
    draft = Draft(
        PurposeVersion(purpose=purpose, **entry.facts),
        [Notice(language=language, **words) for language, words in entry.notices.items()],
        Category.objects.filter(code__in=entry.categories),
        Recipient.objects.filter(code__in=entry.recipients),
    )
    services.save_version(draft=draft, officer=officer, by=by)
    return True


def current(purpose: Purpose) -> list[PurposeVersion]:
    """What is in force and what is drafted after it."""
    versions = list(purpose.versions.order_by("-number"))
    published = next((index for index, one in enumerate(versions) if one.published_at), len(versions))
    return versions[: published + 1]
