"""In which language a page speaks: the customer's own where one is signed in, else what this browser chose or asks for.

The staff house is English: half of it translated would be harder to read than none.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme

from consents.people.selectors import language_of
from consents.people.visitors import Visitor


class LanguageMiddleware:
    """After Django's own, which has read cookie and browser, and after `request.visitor`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(reverse("admin:index")):
            translation.activate(settings.LANGUAGE_CODE)
        elif visitor := own_visitor(request):
            translation.activate(language_of(visitor.customer))
        request.LANGUAGE_CODE = translation.get_language()
        response = self.get_response(request)
        patch_vary_headers(response, ["Cookie"])
        return response


def own_visitor(request: HttpRequest) -> Visitor | None:
    """The visitor where they are the customer themself: the record's language is not for others to choose."""
    if not request.user.is_authenticated or request.user.is_staff:
        return None
    visitor: Visitor | None = request.visitor  # type: ignore[attr-defined]
    return visitor if visitor and visitor.acting.capacity == "self" else None


def way_back(request: HttpRequest) -> str:
    """The page the language was chosen on; the first page where that is none of ours."""
    page = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
    return page if ours else "/"
