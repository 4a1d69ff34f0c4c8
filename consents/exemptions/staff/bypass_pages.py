"""The compliance officer's page of signs that staff went round the customer."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from consents.core import clock
from consents.core.admin import get_role
from consents.exemptions.bypasses import find_bypass_signs
from consents.people.models import Role, StaffMember
from consents.people.visitors import StaffRequest


def list_bypass_links(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the link on the first page of compliance officers."""
    if get_role(request) != Role.COMPLIANCE_OFFICER:
        return []
    return [{"label": _("Signs of a bypass"), "url": reverse("admin:exemptions_bypasses")}]


@require_safe
def show_bypass_signs(request: StaffRequest) -> HttpResponse:
    if get_role(request) != Role.COMPLIANCE_OFFICER:
        raise PermissionDenied
    signs = find_bypass_signs(clock.now())
    staff = {sign.staff for sign in signs}
    members = {member.pk: member for member in StaffMember.objects.filter(pk__in=staff).select_related("user")}
    context = admin.site.each_context(request) | {
        "title": _("Signs of a bypass"),
        "rows": [{"sign": sign, "member": members.get(sign.staff)} for sign in signs],
    }
    return render(request, "admin/exemptions/bypasses.html", context)
