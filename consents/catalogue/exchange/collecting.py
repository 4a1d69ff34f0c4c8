"""The catalogue as it stands in the database, in the form of a file."""

from django.conf import settings

from consents.catalogue import selectors
from consents.catalogue.exchange.form import Catalogue, CategoryEntry, PurposeEntry, RecipientEntry
from consents.catalogue.exchange.parsing import FACTS, SETTINGS
from consents.catalogue.models import Category, PurposeVersion, Recipient
from consents.catalogue.shown import WORDS


def collect() -> tuple[Catalogue, list[str]]:
    """Of every purpose what is in force, or else its newest draft; not what is retired.

    The second part names what was left out because it is not written in every language yet.
    """
    rows = list(Category.objects.order_by("code").prefetch_related("fields"))
    categories = [category_entry(row) for row in rows if is_whole(row)]
    versions = selectors.in_force_or_drafted()
    purposes = [purpose_entry(row) for row in versions if is_written(row, {one.code for one in categories})]
    recipients = [recipient_entry(row) for row in Recipient.objects.order_by("code")]
    kept = {one.code for one in categories} | {one.code for one in purposes}
    left_out = {row.code for row in rows} | {row.purpose.code for row in versions}
    return Catalogue(categories, recipients, purposes), sorted(left_out - kept)


def is_whole(category: Category) -> bool:
    words = [category.words, *(field.labels for field in category.fields.all())]
    return bool(category.term) and all(language in one for one in words for language in settings.PORTAL_LANGUAGES)


def is_written(version: PurposeVersion, categories: set[str]) -> bool:
    notices = {notice.language: notice for notice in version.notices.all()}
    return (
        bool(version.dpv_purpose)
        and {one.code for one in version.categories.all()} <= categories
        and all(language in notices for language in settings.PORTAL_LANGUAGES)
        and all(getattr(one, word) for one in notices.values() for word in ("name", "sentence", "text", "retention"))
    )


def category_entry(category: Category) -> CategoryEntry:
    return CategoryEntry(
        code=category.code,
        term=category.term,
        sensitive=category.sensitive,
        special=category.special,
        order=category.order,
        words={language: told(words) for language, words in category.words.items()},
        fields=[(field.key, field.labels) for field in category.fields.all()],
    )


def told(words: dict[str, str]) -> dict[str, str]:
    source = {"source": words["source"]} if words.get("source") else {}
    return {"title": words.get("title", ""), "description": words.get("description", "")} | source


def recipient_entry(recipient: Recipient) -> RecipientEntry:
    names = ("name", "kind", "address", "contact", "country", "safeguard")
    return RecipientEntry(recipient.code, {name: str(getattr(recipient, name)) for name in names})


def purpose_entry(version: PurposeVersion) -> PurposeEntry:
    return PurposeEntry(
        code=version.purpose.code,
        settings={name: getattr(version.purpose, name) for name in SETTINGS},
        facts={name: getattr(version, name) for name in FACTS},
        categories=sorted(one.code for one in version.categories.all()),
        recipients=sorted(one.code for one in version.recipients.all()),
        notices={
            notice.language: {word: getattr(notice, word).strip() for word in WORDS} for notice in version.notices.all()
        },
    )
