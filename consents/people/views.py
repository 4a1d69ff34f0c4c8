"""Claiming the record a printed code belongs to. Before that, the user may be nobody's customer."""

from typing import Any

from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consents.people import services
from consents.people.forms import ClaimForm
from consents.people.services import CodeDoesNotWork
from consents.people.submissions import SentOtherwise
from consents.people.visitors import once


@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: HttpRequest) -> HttpResponse:
    if request.user.is_staff:  # type: ignore[union-attr]
        return redirect("admin:index")
    if too_many := ratelimit.consume_or_429(request, action="claim"):
        return too_many
    user: Any = request.user
    form = ClaimForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            once(request, lambda by: services.claim_by_code(user=user, code=form.cleaned_data["code"], by=by))
        except (CodeDoesNotWork, SentOtherwise) as refusal:
            form.add_error("code", str(refusal))
        else:
            messages.success(request, _("This is your record now. You can see here who asks for your data."))
            return redirect("home")
    return render(request, "people/claim.html", {"form": form}, status=422 if form.errors else 200)
