"""The staff site: stock Django admin, closed by default."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.decorators import secure_admin_login
from allauth.account.utils import get_next_redirect_url
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext_lazy as _

from consents.core.admin import REOPENED, RoleGatedAdmin, get_role
from consents.people.proof_codes import check_officer_proof, has_factor, list_factor_uses

# What the stock admin says and the catalogs of Django leave in English, or name otherwise than the button beside it.
UNTRANSLATED_BY_DJANGO = [
    gettext_noop("Save and continue editing"),
    gettext_noop("Save and view"),
    gettext_noop("Pagination %(name)s"),
    gettext_noop("- Select an option -"),
    gettext_noop("Run"),
]


class PortalAdminSite(admin.AdminSite):
    site_header = site_title = _("Consent portal")
    index_title = _("Today")
    site_url = None
    enable_nav_sidebar = False
    empty_value_display = "–"

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.app_lists: dict[tuple[str, str | None], list[Any]] = {}

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register only admins that are gated by role, and ignore packages that register themselves everywhere."""
        if admin_class is not None and issubclass(admin_class, RoleGatedAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Require a current membership of staff and, unless switched off, a second factor used in this session."""
        user = request.user
        return user.is_authenticated and user.is_staff and has_used_factor(request)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        """Ask officers for their second factor again, whatever page it is that they send.

        A form that comes back over a sign-in to a page that would act by it leads to what was typed.
        """

        @wraps(view)
        def gate(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if REOPENED in request.POST and not getattr(view, "shows_again", False):
                return redirect("unsent_form")
            if not getattr(view, "changes_nothing", False):
                check_officer_proof(request)
            response: HttpResponseBase = view(request, *args, **kwargs)
            return response

        return super().admin_view(gate, cacheable)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Use the sign-in page of everyone, with its rate limits and second factor."""
        user: Any = request.user
        if user.is_authenticated and user.is_staff and not has_used_factor(request):
            if not has_factor(user):
                return redirect("mfa_activate_totp")
            back = get_next_redirect_url(request) or reverse("admin:index")
            [first, *_others] = get_adapter().get_reauthentication_methods(user)
            return redirect(f"{first['url']}?{urlencode({'next': back})}")
        response: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return response

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        return LogoutView.as_view(next_page="account_login")(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Use the account page, which asks for a fresh sign-in first; the stock page does not."""
        return redirect("account_change_password")

    password_change_done = password_change

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Add pages of rooms that do not belong to a list of records."""
        from portal.staff_menu import PAGES

        own: list[URLPattern | URLResolver] = [
            path(route, self.admin_view(view), dict(*more), name) for route, view, name, *more in PAGES
        ]
        # No record has a page outside the admin that it could be viewed on.
        return own + [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]

    def get_app_list(self, request: Any, app_label: str | None = None) -> list[Any]:
        """Return the lists this reader may open: all of them are found once for each role, in each language, since the
        lists follow from the role (`RoleGate`) and their order from their names."""
        if app_label is not None:
            return self.find_app_list(request, app_label)
        reader = get_role(request), get_language()
        if reader not in self.app_lists:
            self.app_lists[reader] = self.find_app_list(request, None)
        return list(self.app_lists[reader])

    def find_app_list(self, request: Any, app_label: str | None) -> list[Any]:
        apps = super().get_app_list(request, app_label)
        for model in [model for app in apps for model in app["models"]]:
            model["add_label"] = self.get_model_admin(model["model"]).add_label  # type: ignore[attr-defined]
        return list(apps)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        from consents.access.staff import admin as access
        from consents.breaches.staff import pages as breaches
        from consents.exports.staff.compliance import page as compliance
        from consents.home.staff_emails import count_waiting_work
        from consents.insights.staff import admin as insights
        from consents.notifications.staff import admin as notifications
        from consents.rights.staff import queue as rights
        from consents.systems.staff import admin as systems

        user: Any = request.user
        lists: list[Callable[[Any], list[dict[str, Any]]]]
        lists = [
            breaches.list_breach_figures,
            rights.list_request_figures,
            access.list_request_figures,
            notifications.list_email_figures,
            systems.list_receiver_figures,
            insights.list_insight_figures,
        ]
        context = {
            "waiting": [
                {
                    "number": number,
                    "label": work.labels % {"number": number},
                    "url": work.get_list_path(),
                    "is_own": work.is_own,
                }
                for work, number in count_waiting_work(user.staff_member)
            ],
            "figures": [figure for list_figures in lists for figure in list_figures(request)],
            "charts": compliance.draw_today_charts(request),
        }
        return super().index(request, context | (extra_context or {}))


def has_used_factor(request: HttpRequest) -> bool:
    """Tell it once for each request: the gate of a page asks, and its menu once more."""
    if settings.PORTAL_STAFF_MFA == "off":
        return True
    told = vars(request)
    if "has_used_factor" not in told:
        told["has_used_factor"] = bool(list_factor_uses(request))
    return bool(told["has_used_factor"])
