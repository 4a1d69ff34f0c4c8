"""A request exactly as the customer is shown it: the object whose digest the answer must carry (promise 2)."""

from collections.abc import Iterable
from typing import Any

from consents.access.models import AccessRequest
from consents.catalogue.models import Category, PurposeVersion


def shown(request: AccessRequest, version: PurposeVersion, categories: Iterable[Category]) -> dict[str, Any]:
    """Canonical-JSON-ready: strings, numbers and lists; moments in RFC 3339 UTC, length in seconds.

    With the keys of each category's fields: those are what a yes discloses.
    """
    return {
        "request": str(request.id),
        "customer": str(request.customer_id),
        "who": {"name": request.asked_name, "team": request.asked_team},
        "purpose": version.purpose.code,
        "version": version.number,
        # Of every language: the customer may read in another one than the one of asking.
        "notices": {notice.language: notice.hash for notice in version.notices.all()},
        "reason": str(request.reason),
        "sentence": request.sentence,
        "sensitive_reason": request.sensitive_reason,
        "case_number": request.case_number,
        "categories": {category.code: sorted(field.key for field in category.fields.all()) for category in categories},
        "duration_seconds": int(request.duration.total_seconds()),
        "answer_by": request.answer_by.isoformat(),
    }
