"""Answer one request of the directory, in its protocol."""

import json
from collections.abc import Mapping

from allauth.account.internal.decorators import login_not_required
from allauth.core.internal import ratelimit
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from scim2_models import (
    InvalidSyntaxException,
    NotFoundException,
    NotImplementedException,
    PayloadTooLargeException,
    SCIMException,
    UnauthorizedException,
)
from scim2_server.handler import ScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.service import ScimService

from consents.accounts.provisioning.acts import BY_DIRECTORY
from consents.accounts.provisioning.storage import DirectoryStorage, build_provider
from consents.core.bearer_tokens import is_token
from consents.core.canonical import NotStrict, read_strict_json


@csrf_exempt
@login_not_required
def serve_directory(request: HttpRequest, path: str = "") -> HttpResponse:
    """Answer who has a token; without any in the settings there is nothing here."""
    if not settings.PORTAL_PROVISIONING_TOKENS:
        raise Http404
    # The protocol takes a second to load: only where it is spoken.

    is_known = is_token(request.headers.get("Authorization", ""), settings.PORTAL_PROVISIONING_TOKENS)
    action = "provisioning" if is_known else "token_refused"
    if not ratelimit.consume(request, app="allauth.account", action=action, limit_get=True):
        return refuse_directory(too_often=True)
    return answer_directory(request, path) if is_known else refuse_directory(too_often=False)


RETRY_SECONDS = 60


class TooOften(SCIMException):
    status = 429


def answer_directory(request: HttpRequest, path: str) -> HttpResponse:
    """Serve a request whose token counts."""
    service = ScimService(build_provider())
    try:
        message = read_request(request, path)
        with translation.override(settings.LANGUAGE_CODE):  # of refusals, whatever the directory accepts
            answer = ScimHandler(service, DirectoryStorage(BY_DIRECTORY)).handle(message)
    except NotImplementedException as refusal:
        # No input makes a server error here, not even one of the protocol's own.
        answer = service.error_response(NotFoundException(detail=refusal.detail))
    except SCIMException as refusal:
        answer = service.error_response(refusal)
    return write_response(answer)


def refuse_directory(*, too_often: bool) -> HttpResponse:
    refusal = TooOften(detail="Too many requests. Try again in a minute.") if too_often else UnauthorizedException()
    wait = {"Retry-After": str(RETRY_SECONDS)} if too_often else {}
    return write_response(ScimService(build_provider()).error_response(refusal), wait)


def read_request(request: HttpRequest, path: str) -> ScimRequest:
    """Raises PayloadTooLargeException, InvalidSyntaxException."""
    try:
        body = request.body
        if body:
            read_strict_json(body)  # whether somebody works here must not depend on which of two members is read
    except RequestDataTooBig:
        raise PayloadTooLargeException(
            detail="The request is too large. Change the members of a large group by PATCH, in steps."
        ) from None
    except NotStrict as reason:
        raise InvalidSyntaxException(detail=f"The body {reason}.") from None
    return ScimRequest(
        method="GET" if request.method == "HEAD" else request.method or "",  # RFC 9110; the server leaves the body out
        base_url=f"{settings.PORTAL_URL}/scim/v2",
        path=f"/{path}",
        query=request.GET.dict(),
        headers=dict(request.headers),
        body=body,
    )


def write_response(answer: ScimResponse, headers: Mapping[str, str] = {}) -> HttpResponse:
    content = b"" if answer.body is None else json.dumps(answer.body).encode()
    return HttpResponse(content, status=int(answer.status), headers={**answer.headers, **headers})
