"""Read privacy requests as lists and records show them."""

from django.db.models import QuerySet

from consents.rights.models import RightsRequest
from consents.rights.staff.queue import annotate_urgency


def select_requests_shown() -> QuerySet[RightsRequest]:
    return annotate_urgency(RightsRequest._default_manager.all()).select_related("handler__staff_member")


def read_request_shown(id: str) -> RightsRequest | None:
    """Return what `select_requests_shown` has under this id. Raises ValidationError for what is no id."""
    return select_requests_shown().filter(pk=id).first()
