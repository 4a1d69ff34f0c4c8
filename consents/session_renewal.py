"""Give a session a new id whenever its user has proved again who they are (ASVS 7.2.4), as signing in does."""

from collections.abc import Callable

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponse


class SessionRenewalMiddleware:
    """Runs inside the session's middleware, which sends the new id to the browser."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.session.session_key
        proofs = list(request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])) if key else []
        response = self.get_response(request)
        is_same = bool(key) and request.session.session_key == key and not request.session.is_empty()
        if is_same and request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, []) != proofs:
            request.session.cycle_key()
            UserSession.objects.filter(session_key=key).update(session_key=request.session.session_key)
        return response
