"""Addresses that programs look for by their names: password managers, security researchers, search engines."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from consents.core import clock

PLAIN = "text/plain; charset=utf-8"
# RFC 9116, 2.5.5: less than a year; whoever reads it later asks for it again.
SECURITY_CONTACT_LIFETIME = timedelta(days=180)


@login_not_required
@require_safe
def lead_to_password(request: HttpRequest) -> HttpResponse:
    """Lead a password manager to the page on which a password is changed, or first set."""
    return redirect("account_change_password")


@login_not_required
@require_safe
def show_security_contact(request: HttpRequest) -> HttpResponse:
    """Say where a weakness of the portal is told (RFC 9116)."""
    lines = [
        f"Contact: {settings.PORTAL_SECURITY_CONTACT}",
        f"Expires: {format_expiry(clock.now())}",
        f"Preferred-Languages: {', '.join(code for code, _name in settings.LANGUAGES)}",
        f"Canonical: {settings.PORTAL_URL}{reverse('security_contact')}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type=PLAIN)


def format_expiry(now: datetime) -> str:
    """Return the midnight after which the contact must be asked for again, as RFC 3339 writes it."""
    day = (now.astimezone(UTC) + SECURITY_CONTACT_LIFETIME).date()
    return f"{day.isoformat()}T00:00:00Z"


@login_not_required
@require_safe
def show_robots(request: HttpRequest) -> HttpResponse:
    """Ask search engines to stay out: every page is somebody's own, or leads there."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type=PLAIN)
