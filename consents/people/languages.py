"""Choose the language of a page: the signed-in customer's own, else what this browser chose or asks for.

The admin is always in English: half a translation would be harder to read than none.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme

from consents.core.represented_words import speak_about
from consents.people.selectors import get_customer_language
from consents.people.visitors import CustomerRequest, Visitor


class LanguageMiddleware:
    """Runs after Django's own middleware, which reads cookie and browser, and after `request.visitor`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: CustomerRequest) -> HttpResponse:
        if request.path.startswith(reverse("admin:index")):
            translation.activate(settings.LANGUAGE_CODE)
        elif visitor := get_visitor_as_self(request):
            translation.activate(get_customer_language(visitor.customer))
        request.LANGUAGE_CODE = translation.get_language()
        with speak_about(get_represented_name(request)):
            response = self.get_response(request)
        patch_vary_headers(response, ["Cookie"])
        return response


def get_customer_visitor(request: CustomerRequest) -> Visitor | None:
    """Return who acts for a customer here; None for staff and strangers."""
    return request.visitor if request.user.is_authenticated and not request.user.is_staff else None


def get_represented_name(request: CustomerRequest) -> str:
    visitor = get_customer_visitor(request)
    return visitor.about if visitor else ""


def get_visitor_as_self(request: CustomerRequest) -> Visitor | None:
    """Return the visitor if they are the customer: the record's language is not for others to choose."""
    visitor = get_customer_visitor(request)
    return visitor if visitor and visitor.acting.capacity == "self" else None


def get_return_page(request: HttpRequest) -> str:
    """Return the page the language was chosen on, or the first page if that is not one of ours."""
    page = request.POST.get("next", "")
    # A path, and none that a browser takes for a host.
    is_ours = page.startswith("/") and url_has_allowed_host_and_scheme(page, allowed_hosts=None)
    return page if is_ours else "/"
