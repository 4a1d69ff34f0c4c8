"""The one address that the company's directory speaks to."""

from allauth.account.internal.decorators import login_not_required
from allauth.core.internal import ratelimit
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from consents.core.bearer_tokens import is_token


@csrf_exempt
@login_not_required
def serve_directory(request: HttpRequest, path: str = "") -> HttpResponse:
    """Answer who has a token; without any in the settings there is nothing here."""
    if not settings.PORTAL_PROVISIONING_TOKENS:
        raise Http404
    # The protocol takes a second to load: only where it is spoken.
    from consents.accounts.provisioning import answering

    is_known = is_token(request.headers.get("Authorization", ""), settings.PORTAL_PROVISIONING_TOKENS)
    action = "provisioning" if is_known else "token_refused"
    if not ratelimit.consume(request, app="allauth.account", action=action, limit_get=True):
        return answering.refuse_directory(too_often=True)
    return answering.answer_directory(request, path) if is_known else answering.refuse_directory(too_often=False)
