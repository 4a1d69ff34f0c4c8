"""Log which account sent what a page refused: a value that a form does not take, an act that a rule forbids, too much.

One line for each: account, page, status. Never what was sent, nor the address, which may hold a code.
"""

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

logger = logging.getLogger(__name__)
HARMLESS = ("GET", "HEAD", "OPTIONS")
TOO_MANY = 429


class RefusalLogMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if is_refused(request, response):
            who, page = request.user.pk or "of nobody", getattr(request.resolver_match, "view_name", "no page")
            logger.warning("account %s sent what %s refused with %s", who, page, response.status_code)
        return response


def is_refused(request: HttpRequest, response: HttpResponse) -> bool:
    """Return True for what was to change something and did not, and for what was asked too often."""
    return response.status_code == TOO_MANY or (400 <= response.status_code < 500 and request.method not in HARMLESS)
