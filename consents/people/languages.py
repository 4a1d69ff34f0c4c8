"""Choose the language of a page: the signed-in customer's own, that of the account of staff and of whoever acts for
others, else what this browser chose or asks for.
"""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme

from consents.core.represented_words import speak_about
from consents.ledger.rules import Actor
from consents.people.models import User
from consents.people.selectors import find_user_language, get_customer_language, get_customer_zone
from consents.people.visitors import CustomerRequest, Visitor, run_once


class LanguageMiddleware:
    """Runs after Django's own middleware, which reads cookie and browser, and after `request.visitor`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: CustomerRequest) -> HttpResponse:
        if language := find_own_language(request):
            translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()
        visitor = get_customer_visitor(request)
        with speak_about(visitor.about if visitor else ""):
            response = self.get_response(request)
        patch_vary_headers(response, ["Cookie"])
        return response


def get_customer_visitor(request: CustomerRequest) -> Visitor | None:
    """Return who acts for a customer here; None for staff and strangers."""
    return request.visitor if request.user.is_authenticated and not request.user.is_staff else None


def find_own_language(request: CustomerRequest) -> str:
    """Return the language of the record or account of whoever is signed in; empty where none was chosen."""
    if visitor := get_visitor_as_self(request):
        return get_customer_language(visitor.customer)
    user = request.user
    return find_user_language(user) if isinstance(user, User) else ""


def sign_out_with(request: CustomerRequest, act: Callable[[Actor], object], words: Promise) -> HttpResponse:
    """Do an act that signs its user out everywhere, and lead to the sign-in page. Raises the refusals of the act.

    That page says `words`, in the language that it will have.
    """
    run_once(request, act)
    logout(request)
    with translation.override(translation.get_language_from_request(request)):
        messages.success(request, str(words))
    return redirect("account_login")


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


class TimeZoneMiddleware:
    """Runs after `request.visitor`. Staff and strangers read the company's time."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: CustomerRequest) -> HttpResponse:
        # Return the record of who reads: whoever acts for somebody else lives by their own clock.
        visitor = get_customer_visitor(request)
        own = [acting.customer for acting in visitor.actings if acting.is_holding] if visitor else []
        reader = own[0] if own else None
        if reader is None:
            return self.get_response(request)
        with timezone.override(get_customer_zone(reader)):
            return self.get_response(request)


def is_zone_wanted(request: CustomerRequest) -> bool:
    """Return whether the browser may say where the customer is: they read for themself, and nothing is known."""
    visitor = get_visitor_as_self(request)
    return bool(visitor and not visitor.customer.time_zone)
