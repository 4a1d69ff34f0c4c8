"""Find the request that a page may show: one of the visitor's own customer."""

from uuid import UUID

from consents.access import selectors
from consents.access.models import AccessRequest
from consents.core.refusals import Unknown
from consents.people.visitors import CustomerRequest


def get_request_or_404(request: CustomerRequest, id: UUID) -> AccessRequest:
    """Return this customer's request, or raise the same 404 as for one that does not exist."""
    requests = selectors.prefetch_categories(selectors.select_requests_of(request.visitor.customer.pk))
    access_request = requests.select_related("version__purpose", "staff__staff_member").filter(pk=id).first()
    if access_request is None:
        raise Unknown
    return access_request
