"""The catalogue as it stands in the database, in the form of a file."""

from django.conf import settings

from consents.catalogue import selectors
from consents.catalogue.display import WORDS
from consents.catalogue.exchange.entries import Catalogue, CategoryEntry, PurposeEntry, RecipientEntry
from consents.catalogue.exchange.parsing import FACTS, SETTINGS
from consents.catalogue.models import Category, PurposeVersion, Recipient


def collect_catalogue() -> tuple[Catalogue, list[str]]:
    """Collect the version in force of every purpose, or else its newest draft; nothing retired.

    Also return the codes left out because they are not written in every language yet.
    """
    all_categories = list(Category.objects.order_by("code").prefetch_related("fields"))
    categories = [build_category_entry(category) for category in all_categories if is_category_complete(category)]
    versions = selectors.list_current_or_drafts()
    purposes = [
        build_purpose_entry(version)
        for version in versions
        if is_version_complete(version, {entry.code for entry in categories})
    ]
    recipients = [build_recipient_entry(recipient) for recipient in Recipient.objects.order_by("code")]
    kept = {entry.code for entry in categories} | {entry.code for entry in purposes}
    left_out = {category.code for category in all_categories} | {version.purpose.code for version in versions}
    return Catalogue(categories, recipients, purposes), sorted(left_out - kept)


def is_category_complete(category: Category) -> bool:
    words = [category.words, *(field.labels for field in category.fields.all())]
    return bool(category.term) and all(
        language in translations for translations in words for language in settings.PORTAL_LANGUAGES
    )


def is_version_complete(version: PurposeVersion, categories: set[str]) -> bool:
    notices = {notice.language: notice for notice in version.notices.all()}
    return (
        bool(version.dpv_purpose)
        and {category.code for category in version.categories.all()} <= categories
        and all(language in notices for language in settings.PORTAL_LANGUAGES)
        and all(
            getattr(notice, word) for notice in notices.values() for word in ("name", "sentence", "text", "retention")
        )
    )


def build_category_entry(category: Category) -> CategoryEntry:
    return CategoryEntry(
        code=category.code,
        term=category.term,
        sensitive=category.sensitive,
        special=category.special,
        order=category.order,
        words={language: pick_category_words(words) for language, words in category.words.items()},
        fields=[(field.key, field.labels) for field in category.fields.all()],
    )


def pick_category_words(words: dict[str, str]) -> dict[str, str]:
    source = {"source": words["source"]} if words.get("source") else {}
    return {"title": words.get("title", ""), "description": words.get("description", "")} | source


def build_recipient_entry(recipient: Recipient) -> RecipientEntry:
    names = ("name", "kind", "address", "contact", "country", "safeguard")
    return RecipientEntry(recipient.code, {name: str(getattr(recipient, name)) for name in names})


def build_purpose_entry(version: PurposeVersion) -> PurposeEntry:
    return PurposeEntry(
        code=version.purpose.code,
        settings={name: getattr(version.purpose, name) for name in SETTINGS},
        facts={name: getattr(version, name) for name in FACTS},
        categories=sorted(category.code for category in version.categories.all()),
        recipients=sorted(recipient.code for recipient in version.recipients.all()),
        notices={
            notice.language: {word: getattr(notice, word).strip() for word in WORDS} for notice in version.notices.all()
        },
    )
