"""The forms with which officers write the catalogue, and what a page says."""

import re

PURPOSES = "/admin/catalogue/purpose/"


def text(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def acting(action: str, row, **more) -> dict:
    return {"CHANGE_FORM-action": action, "_selected_action": str(row.pk)} | more


def words(purpose, *categories, **changes) -> dict:
    """A version as an officer fills it in."""
    return {
        "purpose": str(purpose.pk),
        "dpv_purpose": "dpv:CustomerCare",
        "legal_basis": "A6-1-a",
        "categories": [str(category.pk) for category in categories],
        "consent_months": "12",
        "storage": "ie, de",
        "material": "on",
    } | changes


def notices(known=(), **changes) -> dict:
    """The words in every language, as an officer fills them in; `known` are drafts that are there already."""
    known = {notice.language: str(notice.pk) for notice in known}
    languages = [*known, *(language for language in ("en", "de", "es") if language not in known)]
    form = {"notices-TOTAL_FORMS": "3", "notices-INITIAL_FORMS": str(len(known))}
    for number, language in enumerate(languages):
        values = {
            "id": known.get(language, ""),
            "language": language,
            "name": "Check a delivery",
            "sentence": "We look where your parcel is.",
            "text": "We look at your orders.",
            "if_no": "We cannot find your parcel.",
            "retention": "Until you withdraw.",
        } | changes
        form |= {f"notices-{number}-{key}": value for key, value in values.items()}
    return form
