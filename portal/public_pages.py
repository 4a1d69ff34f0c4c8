"""Serve what is the same for everybody: what programs look for by its name, and the company's colours and logo."""

from datetime import UTC, datetime, timedelta
from functools import cache

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from consents.core import clock
from consents.core.refusals import Unknown
from portal.brand import LOGO_TYPES

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


@cache
def read_logo() -> tuple[str, bytes]:
    """Read the logo once a process: content type and content. Raises Unknown where there is none."""
    if not (path := settings.PORTAL_LOGO):
        raise Unknown
    return LOGO_TYPES[path.suffix.lower()], path.read_bytes()


@login_not_required
@require_safe
@cache_control(public=True, max_age=3600)
def show_logo(request: HttpRequest) -> HttpResponse:
    """The picture, and nothing that runs: a drawing opened by its address gets no script (its own sandbox)."""
    kind, logo = read_logo()
    headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
    return HttpResponse(logo, content_type=kind, headers=headers)


@login_not_required
@require_safe
@cache_control(public=True, max_age=3600)
def show_brand_style(request: HttpRequest) -> HttpResponse:
    """The company's colours over those of the stylesheet."""
    light, dark = settings.PORTAL_COLOUR, settings.PORTAL_COLOUR_DARK
    deeper = "color-mix(in oklab, var(--brand) 82%, light-dark(#000, #fff))"
    style = f"@layer brand {{ :root {{ --brand: light-dark({light}, {dark}); --brand-deep: {deeper}; }} }}\n"
    return HttpResponse(style, content_type="text/css")
