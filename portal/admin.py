"""The staff house: stock Django admin, closed by default."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _


class PortalAdminSite(admin.AdminSite):
    site_header = site_title = _("Consent portal")
    index_title = _("Today")
    site_url = None
    enable_nav_sidebar = False

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


def has_second_factor(user: Any) -> bool:
    return settings.PORTAL_STAFF_MFA == "off" or is_mfa_enabled(user)
