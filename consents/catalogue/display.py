"""A notice exactly as displayed to a customer in one language: the object whose digest is the notice's `hash`."""

from operator import attrgetter
from typing import Any

from consents.catalogue.models import Category, Notice, PurposeVersion, Recipient

WORDS = ["name", "sentence", "text", "if_no", "retention", "objection"]
FACTS = ["legal_basis", "dpv_purpose", "sale", "consent_months", "retention_months", "material", "explicit"]


def build_displayed_notice(notice: Notice, version: PurposeVersion) -> dict[str, Any]:
    """Build it ready for canonical JSON, from frozen facts alone: its digest can be computed again at any time."""
    return {
        "purpose": version.purpose.code,
        "version": version.number,
        "language": notice.language,
        **get_words(notice),
        **{fact: getattr(version, fact) for fact in FACTS},
        "storage": sorted(version.storage),
        "categories": [
            build_displayed_category(category, notice.language)
            for category in sorted(version.categories.all(), key=attrgetter("code"))
        ],
        "recipients": [
            build_displayed_recipient(recipient)
            for recipient in sorted(version.recipients.all(), key=attrgetter("code"))
        ],
    }


def get_words(notice: Notice) -> dict[str, str]:
    return {word: getattr(notice, word) for word in WORDS}


def build_displayed_category(category: Category, language: str) -> dict[str, Any]:
    words = category.words.get(language) or {}
    return {
        "code": category.code,
        "title": words.get("title", ""),
        "description": words.get("description", ""),
        "term": category.term,
        "sensitive": category.sensitive,
        "special": category.special,
        "fields": [{"key": field.key, "label": field.labels.get(language, "")} for field in category.fields.all()],
    }


def build_displayed_recipient(recipient: Recipient) -> dict[str, str]:
    """Name a safeguard only where there is one, so that older texts keep their digest."""
    facts = {key: getattr(recipient, key) for key in ("code", "name", "kind", "address", "contact", "country")}
    return facts | ({"safeguard": recipient.safeguard} if recipient.safeguard else {})
