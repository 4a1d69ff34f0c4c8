"""What every page knows of the company and of where the reader is."""

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from consents.access import selectors as access
from consents.core import clock
from consents.people import visitors


def portal(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    visitor = None if user is None or user.is_staff else getattr(request, "visitor", None)
    return {
        "portal": {
            "company": settings.PORTAL_COMPANY,
            "phone": settings.PORTAL_PHONE,
            "email": settings.PORTAL_EMAIL,
            "url": settings.PORTAL_URL,
            "demo": settings.DEMO,
            "acting_for": acting_for(visitor),
            "may_choose": bool(visitor and visitor.may_choose),
            "nav": nav(request) if visitor else [],
            "session_seconds": visitors.CUSTOMER_IDLE if visitor else 0,
            # A new one for every form that names it (components/once.html).
            "token": uuid4,
            "languages": languages(request),
            "signed_in": bool(user and user.is_authenticated),
        }
    }


def acting_for(visitor: visitors.Visitor | None) -> str:
    """The number of the customer a representative acts for, for the line on every page; empty for oneself."""
    if not visitor or visitor.acting.capacity == "self":
        return ""
    return visitor.customer.reference or str(visitor.customer.id)


def languages(request: HttpRequest) -> dict[str, Any]:
    """Each named in itself, and where to come back to."""
    return {"offered": settings.LANGUAGES, "current": get_language(), "next": request.get_full_path()}


def nav(request: HttpRequest) -> list[dict[str, Any]]:
    """The customer's rooms; a page of a later story appears here with it."""
    waiting = access.pending(clock.DatabaseNow()).filter(customer=request.visitor.customer).count()  # type: ignore[attr-defined]
    pages = [
        (_("Requests"), reverse("home"), waiting),
        (_("Your choices"), reverse("choices:list"), 0),
        (_("Who looked"), reverse("disclosures:activity"), 0),
        (_("Your rights"), reverse("rights:list"), 0),
        (_("Receipts"), reverse("receipts:list"), 0),
        (_("Account"), reverse("account_email"), 0),
    ]
    return [
        {"label": label, "url": url, "count": count, "current": is_current(request.path, url)}
        for label, url, count in pages
    ]


def is_current(path: str, url: str) -> bool:
    if url == reverse("account_email"):
        return path.startswith(("/accounts/", reverse("notifications:settings")))
    return path == url if url == "/" else path.startswith(url)
