"""The staff house: stock Django admin, closed by default."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, path
from django.utils.translation import gettext_lazy as _

from consents.core.admin import RoleGatedAdmin

AS_REQUEST = {"as_request": True}


class PortalAdminSite(admin.AdminSite):
    site_header = site_title = _("Consent portal")
    index_title = _("Today")
    site_url = None
    enable_nav_sidebar = False

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Only what our rooms gate by role: packages that register themselves everywhere stay outside."""
        if admin_class is not None and issubclass(admin_class, RoleGatedAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """A live membership of staff and, outside the demo, a second factor."""
        user = request.user
        return user.is_authenticated and user.is_staff and has_second_factor(user)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The same sign-in as everybody's: rate limits and second factor included."""
        user = request.user
        if user.is_authenticated and user.is_staff and not has_second_factor(user):
            return redirect("mfa_activate_totp")
        return secure_admin_login(super().login)(request, extra_context)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        return LogoutView.as_view(next_page="account_login")(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The account pages ask for a fresh sign-in first; the stock page does not."""
        return redirect("account_change_password")

    password_change_done = password_change

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Pages of rooms that belong to no list of records."""
        from consents.access.preview_pages import preview
        from consents.disclosures.admin import open_data, open_status
        from consents.exports.compliance.page import compliance
        from consents.exports.history_page import customer_history

        seen = self.admin_view(preview)
        own: list[URLPattern | URLResolver] = [
            path("preview/<int:id>/<slug:language>/", seen, name="access_preview"),
            path("preview/<int:id>/<slug:language>/request/", seen, AS_REQUEST, name="access_preview_request"),
            path("compliance/", self.admin_view(compliance), name="exports_compliance"),
            path("history/", self.admin_view(customer_history), name="exports_history"),
            path("open/<uuid:id>/", self.admin_view(open_data), name="disclosures_open"),
            path("open/<uuid:id>/<uuid:grant>/", self.admin_view(open_status), name="disclosures_open_status"),
        ]
        # No record has a page outside the admin that it could be viewed on.
        return own + [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps = super().get_app_list(request, app_label)
        for model in [model for app in apps for model in app["models"]]:
            model["add_label"] = self.get_model_admin(model["model"]).add_label  # type: ignore[attr-defined]
        return apps

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        from consents.access import admin as access
        from consents.exports.compliance import page as compliance
        from consents.notifications import admin as notifications
        from consents.people import admin as people
        from consents.rights import queue as rights

        figures = [one for room in (access, rights, people, notifications) for one in room.figures(request)]
        context = {"figures": figures, "pages": compliance.pages(request), "charts": compliance.today(request)}
        return super().index(request, context | (extra_context or {}))


def has_second_factor(user: Any) -> bool:
    return settings.PORTAL_STAFF_MFA == "off" or is_mfa_enabled(user)
