"""Deep links from wallets and brokers: `/rights/?ask=deletion` leads to that right, or to the request that runs."""

from django.http import HttpRequest
from django.urls import reverse

from consents.law.kinds import Type
from consents.law.nearest import find_nearest_right
from consents.people.visitors import Visitor
from consents.rights import selectors
from consents.rights.customers.presenting import BY_SLUG, Law, build_slug


def read_linked_right(request: HttpRequest) -> Type | None:
    """Return the right that the address names, by our word or by the code of DPV and of the Data Rights Protocol."""
    asked = request.GET.get("ask", "")
    return BY_SLUG.get(asked) or next((type for type in Type if type.value == asked), None)


def find_linked_page(request: HttpRequest, visitor: Visitor | None, law: Law | None) -> str:
    """Return the address that the link leads to: the request of this right that runs, else its first question.

    A right of another law leads to the nearest one of theirs. '' while we do not know which law holds, and for a right
    that does not exist.
    """
    linked = read_linked_right(request)
    type = find_nearest_right(law.regime, linked) if law and linked else None
    if law is None or type is None:
        return ""
    if visitor and (number := find_running_number(visitor, type)):
        return reverse("rights:request", args=[number])
    query = None if visitor else {"where": law.where}
    return reverse("rights:ask", args=[build_slug(type)], query=query)


def find_running_number(visitor: Visitor, type: Type) -> str:
    """Return the number of the visitor's newest unanswered request of this right; '' if none runs."""
    asked = selectors.list_customer_requests(visitor.customer.pk)
    running = [one for one in asked if one.request_type == type and not one.is_answered]
    return running[0].number if running else ""
