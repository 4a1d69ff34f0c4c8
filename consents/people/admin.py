"""People in the staff house: who works here, and claim codes on paper. Customers are not listed anywhere."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.core import clock
from consents.core.admin import RECORD, RecordAdmin, RoleGatedAdmin
from consents.core.refusals import Unknown
from consents.people import rules, services
from consents.people.forms import ClaimCodeForm
from consents.people.models import ClaimCode, Role, StaffMember
from consents.people.visitors import actor_of


@admin.register(StaffMember)
class StaffMemberAdmin(RecordAdmin):
    may_view = {Role.PRIVACY_OFFICER}
    list_display = ("name", "role", "team", "number", "started_at", "state")
    list_select_related = ("user",)
    ordering = ("ended_at", "team", "user__first_name")
    sortable_by = ()
    fields = ("name", "role", "team", "number", "started_at", "ended_at")
    readonly_fields = ("name",)
    actions = ("end_membership",)

    @admin.display(description=gettext_lazy("name"))
    def name(self, obj: StaffMember) -> str:
        return obj.user.get_full_name()

    @admin.display(description=gettext_lazy("state"))
    def state(self, obj: StaffMember) -> str:
        tone, word = ("no", _("Ended")) if obj.ended_at else ("yes", _("Works here"))
        return format_html('<span class="state state-{}">{}</span>', tone, word)

    def possible_actions(self, request: HttpRequest, obj: StaffMember) -> Iterable[str]:
        return [] if obj.ended_at or obj.pk == request.user.pk else ["end_membership"]

    def has_end_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.action(description=gettext_lazy("End membership"), permissions=["end"], location=RECORD)
    def end_membership(self, request: HttpRequest, queryset: QuerySet[StaffMember]) -> HttpResponseBase:
        member = queryset.get()
        if "end_membership" not in self.possible_actions(request, member):
            raise Unknown
        if not self.is_confirmed(request):
            effects = [
                _("%(name)s can open no page of the staff house any more, from the next click on.")
                % {"name": member.user.first_name},
                _("Access that customers gave them opens nothing any more."),
            ]
            title, button = _("End this membership?"), _("End membership")
            return self.confirm(request, member, action="end_membership", title=title, effects=effects, button=button)
        return self.act(
            request, lambda: services.end_staff(member=member, by=actor_of(request)), _("The membership has ended.")
        )


@admin.register(ClaimCode)
class ClaimCodeAdmin(RoleGatedAdmin):
    """One page: print a code. Codes are not listed; only their keyed hash is kept."""

    may_add = {Role.PRIVACY_OFFICER, Role.COMPLIANCE_OFFICER}
    add_label = gettext_lazy("Print a claim code")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponseBase:
        if not self.has_add_permission(request):
            raise Unknown
        form = ClaimCodeForm(request.POST if request.method == "POST" else None)
        context = self.admin_site.each_context(request) | {"title": _("Print a claim code"), "form": form}
        if not form.is_valid():
            status = 422 if form.is_bound else 200
            return render(request, "admin/people/claimcode/find.html", context, status=status)
        officer: Any = request.user
        context["code"] = services.make_claim_code(
            customer=form.customer, officer=officer, by=actor_of(request), capacity=form.cleaned_data["capacity"]
        )
        context["ends_at"] = clock.now() + rules.CLAIM_CODE_LIFE
        return render(request, "admin/people/claimcode/code.html", context)
