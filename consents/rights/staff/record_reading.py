"""Read privacy requests as lists and records show them, from query sets that are built once.

What says how urgent a request is takes longer to put together than to answer.
"""

from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, prefetch_related_objects

from consents.core.gathering import Parts, define_gathering
from consents.rights.models import RightsRequest
from consents.rights.staff.queue import annotate_urgency


@cache
def build_requests_shown() -> QuerySet[RightsRequest]:
    return annotate_urgency(RightsRequest._default_manager.all()).select_related("handler__staff_member")


def select_requests_shown() -> QuerySet[RightsRequest]:
    return build_requests_shown().all()


@define_gathering(id=UUID)
def one_request(id: Any) -> Parts:
    return {"requests": select_requests_shown().filter(pk=id)}


def read_request_shown(id: str) -> RightsRequest | None:
    """Return what `select_requests_shown` has under this id. Raises ValidationError for what is no id."""
    found: list[RightsRequest] = one_request.read(id=RightsRequest._meta.pk.to_python(id))["requests"]
    prefetch_related_objects(found, "register")
    return found[0] if found else None
