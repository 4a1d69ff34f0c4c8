"""A request exactly as displayed to the customer: the object whose digest the answer must carry (promise 2)."""

from collections.abc import Iterable
from typing import Any

from consents.access.models import AccessRequest
from consents.catalogue.models import Category
from consents.core.canonical import compute_digest


def compute_shown_digest(access_request: AccessRequest) -> str:
    """Compute the digest of a filed request as a page shows it now."""
    categories = [requested.category for requested in access_request.requested.all()]
    return compute_digest(build_displayed_request(access_request, categories))


def build_displayed_request(access_request: AccessRequest, categories: Iterable[Category]) -> dict[str, Any]:
    """Build it ready for canonical JSON: moments in RFC 3339 UTC, lengths in seconds.

    Names the fields of each category: a yes discloses exactly these.
    """
    version = access_request.version
    return {
        "request": str(access_request.id),
        "customer": str(access_request.customer_id),
        "who": {
            "name": access_request.asked_name,
            "full_name": access_request.staff.get_full_name(),
            "team": access_request.asked_team,
            "number": access_request.staff.staff_member.number,
        },
        "purpose": version.purpose.code,
        "version": version.number,
        # In every language: the customer may read in another one than the requester's.
        "notices": {notice.language: notice.hash for notice in version.notices.all()},
        "reason": str(access_request.reason),
        "sentence": access_request.sentence,
        "sensitive_reason": access_request.sensitive_reason,
        "case_number": access_request.case_number,
        "categories": {category.code: sorted(field.key for field in category.fields.all()) for category in categories},
        "duration_seconds": int(access_request.duration.total_seconds()),
        "answer_by": access_request.filed_answer_by.isoformat(),
    }
