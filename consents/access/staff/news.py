"""The notice on each page of a requester that customers have answered, until they look at their requests."""

from django.http import HttpRequest
from django.urls import reverse

from consents.core import clock
from consents.core.admin import get_role
from consents.people.models import Role

SESSION_KEY = "answers_seen"  # in the session: until when its owner has seen the answers to their requests


def build_news_url(request: HttpRequest) -> str:
    """Return the address that the page asks once a minute for new answers; '' for who asks no customers."""
    if get_role(request) != Role.REQUESTER:
        return ""
    if SESSION_KEY not in request.session:
        record_answers_seen(request)
    return reverse("admin:access_accessrequest_answered", query={"since": request.session[SESSION_KEY]})


def record_answers_seen(request: HttpRequest) -> None:
    request.session[SESSION_KEY] = clock.now().isoformat()
