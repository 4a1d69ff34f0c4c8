"""Serve the company's colours and logo, the same for everybody."""

from functools import cache

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from consents.core.refusals import Unknown
from portal.brand import LOGO_TYPES


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
