"""Build the template context that every page has: company, navigation, languages."""

from functools import cache, partial
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from consents.access.selectors import count_waiting
from consents.access.staff.admin import build_news_url
from consents.people import visitors
from consents.people.languages import is_zone_wanted
from consents.people.visitors import CustomerRequest
from portal.staff_menu import build_staff_menu

# Besides what lies under /accounts/.
ACCOUNT_PAGES = ("notifications:settings", "access:blocks", "people:lock", "people:representatives")


def build_portal_context(request: CustomerRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    visitor = None if user is None or user.is_staff else getattr(request, "visitor", None)
    is_unlinked = bool(user and user.is_authenticated and not user.is_staff and not visitor)
    is_staff_site = is_in_staff_site(request)
    # Return the languages, each named in itself, and the address to return to.
    return {
        "portal": {
            "company": settings.PORTAL_COMPANY,
            "logo": bool(settings.PORTAL_LOGO),
            "phone": settings.PORTAL_PHONE,
            "support_hours": settings.PORTAL_HOURS,
            "email": settings.PORTAL_EMAIL,
            "url": settings.PORTAL_URL,
            "demo": settings.DEMO,
            "signed_in_as": name_user(user) if user is not None and user.is_authenticated else "",
            "acting_for": visitor.about if visitor else "",
            "acting_for_number": get_represented_number(visitor),
            "acting": visitor.acting if visitor else None,
            "may_choose": bool(visitor and visitor.may_choose),
            # Called where a template reads it: on pages of the staff site alone.
            "staff_menu": partial(build_staff_menu, request) if user is not None and user.is_staff else [],
            "news_url": build_news_url(request) if user is not None and user.is_staff else "",
            "nav": build_navigation(request) if visitor else build_unlinked_navigation(request) if is_unlinked else [],
            "is_account": is_current(request.path, get_address("account_email")),
            "is_customer": bool(visitor),
            "is_unlinked": is_unlinked,
            "opt_out": describe_opt_out(request),
            "shell": "staff.html" if is_staff_site else "base.html",
            # A page of the staff site that everybody has names the company at the end of its title, as the others do.
            "title_end": f" | {settings.PORTAL_COMPANY}" if is_staff_site else "",
            "wants_zone": bool(visitor) and is_zone_wanted(request),
            "session_seconds": get_idle_seconds(user),
            # A fresh token for every form that includes components/once.html.
            "token": uuid4,
            "languages": {"offered": settings.LANGUAGES, "current": get_language(), "next": request.get_full_path()},
            "signed_in": bool(user and user.is_authenticated),
        }
    }


def name_user(user: Any) -> str:
    """Return what the head of the pages calls who is signed in: the name where we know one, else the address."""
    return str(user.get_full_name() or user.email)


def is_in_staff_site(request: HttpRequest) -> bool:
    """Return True where a page that everybody has belongs to the staff site, or leads into it."""
    user: Any = getattr(request, "user", None)
    if user is None:  # refused before anybody was looked up, perhaps for what the query holds
        return request.path.startswith(get_address("admin:index"))
    if user.is_authenticated:
        return bool(user.is_staff)
    if stage := getattr(request, "_login_stage", None):  # allauth's: a second step is open, for nobody if unknown
        return bool(stage.login.user and stage.login.user.is_staff)
    return any(
        address.startswith(get_address("admin:index")) for address in (request.path, request.GET.get("next", ""))
    )


def get_idle_seconds(user: Any) -> int:
    """Return after how long without a press the session of this page ends; 0 where there is none to warn of."""
    if user is not None and user.is_staff:
        return visitors.STAFF_IDLE
    return visitors.CUSTOMER_IDLE if user is not None and user.is_authenticated else 0


def get_represented_number(visitor: visitors.Visitor | None) -> str:
    """Return the number of the customer whom a representative acts for, unless it stands in for the name."""
    if not visitor or not visitor.about or visitor.about == visitor.customer.reference:
        return ""
    return visitor.customer.reference or ""


def describe_opt_out(request: CustomerRequest) -> dict[str, Any]:
    """Return the line about an opt-out of sale and sharing by this browser; empty without one."""
    opt_out = getattr(request, "opt_out", "")
    if not opt_out:
        return {}
    by_signal = _("Your browser asks us not to sell or share your data.")
    by_page = _("In this browser, you asked us not to sell or share your data.")
    is_agreed = opt_out == "agreed"
    return {
        "wish": by_signal if request.gpc else by_page,
        "result": _("You agreed to it later.") if is_agreed else _("Opt-out request honored."),
        "is_agreed": is_agreed,
    }


def build_navigation(request: CustomerRequest) -> list[dict[str, Any]]:
    """Return the customer's main menu; a representative reads there whose requests, choices and rights they are."""
    customer = request.visitor.customer.pk
    waiting = count_waiting(request)[customer]
    named = {"name": request.visitor.about}
    pages = [
        (
            "inbox",
            _("%(name)s’s requests") % named if named["name"] else _("Requests"),
            pgettext("menu, one short word", "Requests"),
            get_address("home"),
        ),
        (
            "check-circle",
            _("Choices for %(name)s") % named if named["name"] else _("Your choices"),
            pgettext("menu, one short word", "Choices"),
            get_address("choices:list"),
        ),
        ("eye", _("Who looked"), pgettext("menu, one short word", "Looks"), get_address("disclosures:activity")),
        (
            "scale",
            _("%(name)s’s rights") % named if named["name"] else _("Your rights"),
            pgettext("menu, one short word", "Rights"),
            get_address("rights:list"),
        ),
        ("document-text", _("Receipts"), pgettext("menu, one short word", "Receipts"), get_address("receipts:list")),
    ]
    return [build_menu_item(request.path, *page, waiting if page[0] == "inbox" else 0) for page in pages]


def build_menu_item(path: str, icon: str, label: str, short: str, url: str, count: int = 0) -> dict[str, Any]:
    """Return an item of the menu: in full, and `short` enough for a bar on a phone."""
    return {
        "icon": icon,
        "label": label,
        "short": short,
        "url": url,
        "count": count,
        "current": is_current(path, url),
    }


def build_unlinked_navigation(request: CustomerRequest) -> list[dict[str, Any]]:
    """Return the main menu of an account that no record belongs to."""
    pages = [
        ("magnifying-glass", _("Find your record"), pgettext("menu, one short word", "Record"), get_address("home")),
        ("scale", _("Your rights"), pgettext("menu, one short word", "Rights"), get_address("rights:list")),
    ]
    return [build_menu_item(request.path, *page) for page in pages]


@cache
def get_address(page: str) -> str:
    """Return the address of a page that has one alone: the same for everybody, always."""
    return reverse(page)


def is_current(path: str, url: str) -> bool:
    if url == get_address("account_email"):
        return path.startswith(("/accounts/", *(get_address(page) for page in ACCOUNT_PAGES)))
    return path == url if url == "/" else path.startswith(url)
