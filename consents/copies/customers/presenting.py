"""Words of the page on which a copy is collected with a code. Decides nothing."""

from datetime import datetime
from typing import Any

from consents.copies.models import CollectionCode
from consents.copies.selectors import has_content
from consents.rights.customers.presenting import build_request_summary, describe_answer

MOST_TAKINGS = 10


def describe_collection(code: CollectionCode, now: datetime) -> dict[str, Any]:
    """Build the page after the code: our answer, until when the copy is available, and earlier downloads."""
    package, rights_request = code.package, code.package.rights_request
    downloads = package.downloads.order_by("-taken_at")[:MOST_TAKINGS]
    return {
        "summary": build_request_summary(rights_request, now),
        "row": rights_request,
        "package": package,
        "answer": describe_answer(rights_request),
        "taken": downloads,
        "has_files": has_content(rights_request),
    }
