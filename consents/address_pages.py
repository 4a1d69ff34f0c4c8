"""The page of a sign-in address that waits to count."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from consents.accounts import end_other_sessions
from consents.address_changes import cancel_address_change


@require_POST
@transaction.atomic
def keep_address(request: HttpRequest) -> HttpResponse:
    """Keep the old address, and sign out everywhere else: somebody else may have asked for the change."""
    user: Any = request.user
    if cancel_address_change(user):
        end_other_sessions(request, user)
        messages.success(request, _("Your address stays as it is. You have been signed out everywhere else."))
    return redirect("account_email")
