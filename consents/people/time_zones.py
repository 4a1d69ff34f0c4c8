"""Show moments where the customer is: in their own time zone, else in the company's."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from consents.people.languages import get_customer_visitor, get_visitor_as_self
from consents.people.models import Customer
from consents.people.selectors import get_customer_zone
from consents.people.visitors import CustomerRequest


class TimeZoneMiddleware:
    """Runs after `request.visitor`. Staff and strangers read the company's time."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: CustomerRequest) -> HttpResponse:
        reader = get_reader(request)
        if reader is None:
            return self.get_response(request)
        with timezone.override(get_customer_zone(reader)):
            return self.get_response(request)


def get_reader(request: CustomerRequest) -> Customer | None:
    """Return the record of who reads: whoever acts for somebody else lives by their own clock."""
    visitor = get_customer_visitor(request)
    own = [acting.customer for acting in visitor.actings if acting.is_holding] if visitor else []
    return own[0] if own else None


def is_zone_wanted(request: CustomerRequest) -> bool:
    """Return whether the browser may say where the customer is: they read for themself, and nothing is known."""
    visitor = get_visitor_as_self(request)
    return bool(visitor and not visitor.customer.time_zone)
