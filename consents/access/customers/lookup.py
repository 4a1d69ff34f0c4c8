"""Find the request that a page may show: one of the visitor's own customer."""

from uuid import UUID

from consents.access.models import AccessRequest
from consents.access.selectors.readings import read_one_request
from consents.core.refusals import Unknown
from consents.people.models import Acting
from consents.people.visitors import CustomerRequest


def get_request_or_404(request: CustomerRequest, id: UUID) -> AccessRequest:
    """Return this customer's request, or raise the same 404 as for one that does not exist."""
    return get_shared_request_or_404(request, id)[0]


def get_shared_request_or_404(request: CustomerRequest, id: UUID) -> tuple[AccessRequest, list[Acting]]:
    """Return the request and everybody who holds the account."""
    read = read_one_request(request.visitor.customer.pk, id)
    if read is None:
        raise Unknown
    return read
