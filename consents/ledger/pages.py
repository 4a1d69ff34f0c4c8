"""Publish what the log is and that it only grows: for anybody who does not trust the portal."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from consents.core import signing
from consents.core.bearer_tokens import build_problem
from consents.core.refusals import Refusal
from consents.ledger.selectors import proofs
from consents.ledger.services import appending

FORMAT = "consent-ledger/1"
MOST_BETWEEN = 20_000  # entries between two checkpoints that are proved while somebody waits


@login_not_required
@require_safe
@cache_control(public=True, max_age=60)
def show_ledger(request: HttpRequest) -> HttpResponse:
    """Show the log's names, the keys that sign it, and its newest checkpoint (a C2SP signed note)."""
    newest = proofs.find_newest_checkpoint()
    keys = signing.load_public_keys(settings.PORTAL_KEYS)
    log_names = appending.list_log_names()
    content = {
        "format": FORMAT,
        "log": log_names[-1],
        "keys": [
            {
                "pem": signing.build_pem(key),
                "verifier_keys": [signing.build_verifier_key(name, key) for name in log_names],
            }
            for key in keys
        ],
        "checkpoint": newest.note if newest else None,
    }
    return JsonResponse(content)


@login_not_required
@require_safe
def show_consistency(request: HttpRequest, older: int, newer: int) -> HttpResponse:
    """Show the proof that the checkpoint of one size continues that of another (RFC 9162 §2.1.4)."""
    try:
        with translation.override(settings.LANGUAGE_CODE):
            response = JsonResponse(proofs.build_consistency_proof(older, newer, most=MOST_BETWEEN).as_object())
    except Refusal as refusal:
        return build_problem(refusal.status, str(refusal))
    patch_cache_control(response, public=True, max_age=300)
    return response
