"""A notice exactly as a customer reads it in one language: the object whose digest is the notice's `hash`."""

from typing import Any

from consents.catalogue.models import Category, Notice, PurposeVersion, Recipient

WORDS = ["name", "sentence", "text", "if_no", "retention", "objection"]
FACTS = ["legal_basis", "dpv_purpose", "sale", "consent_months", "retention_months", "material", "explicit"]


def shown(notice: Notice, version: PurposeVersion) -> dict[str, Any]:
    """Canonical-JSON-ready. All of it is frozen with the version: its digest can be worked out again at any time."""
    return {
        "purpose": version.purpose.code,
        "version": version.number,
        "language": notice.language,
        **{word: getattr(notice, word) for word in WORDS},
        **{fact: getattr(version, fact) for fact in FACTS},
        "storage": sorted(version.storage),
        "categories": [category_of(one, notice.language) for one in sorted(version.categories.all(), key=code)],
        "recipients": [recipient_of(one) for one in sorted(version.recipients.all(), key=code)],
    }


def code(row: Category | Recipient) -> str:
    return row.code


def category_of(category: Category, language: str) -> dict[str, Any]:
    words = category.words.get(language) or {}
    return {
        "code": category.code,
        "title": words.get("title", ""),
        "description": words.get("description", ""),
        "term": category.term,
        "sensitive": category.sensitive,
        "special": category.special,
        "fields": [{"key": one.key, "label": one.labels.get(language, "")} for one in category.fields.all()],
    }


def recipient_of(recipient: Recipient) -> dict[str, str]:
    """What protects the data abroad only where something does: texts from before it was told keep their digest."""
    about = {key: getattr(recipient, key) for key in ("code", "name", "kind", "address", "contact", "country")}
    return about | ({"safeguard": recipient.safeguard} if recipient.safeguard else {})
