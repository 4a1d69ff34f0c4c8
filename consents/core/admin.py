"""Bases of the staff house: closed by default, opened by role, records that change only through actions.

Knows no role names: each ModelAdmin lists who may. Nothing is deleted here, and Django's own admin history is not
kept: what happened stands in the ledger.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import ActionLocation, helpers
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from consents.core.refusals import Refusal

RECORD = [ActionLocation.CHANGE_FORM]


def role_of(request: HttpRequest) -> str:
    """The role of a live member of staff; empty for everybody else."""
    user: Any = request.user
    return user.staff_member.role if user.is_authenticated and user.is_staff else ""


class RoleGate:
    """Permissions by role instead of by Django's permission tables, which nobody here is in."""

    may_view: Collection[str] = ()
    may_add: Collection[str] = ()
    may_change: Collection[str] = ()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return role_of(request) in {*self.may_view, *self.may_change}

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return role_of(request) in self.may_add

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return role_of(request) in self.may_change

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return role_of(request) in {*self.may_view, *self.may_add, *self.may_change}


class RoleGatedAdmin(RoleGate, admin.ModelAdmin):
    """The base of every ModelAdmin here; the site takes no other."""

    show_full_result_count = False
    list_per_page = 50
    # What the first page calls the link to the page for a new one.
    add_label: Any = _("Add")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """The offered filters alone: nobody composes conditions in the address."""
        return lookup in {getattr(one, "parameter_name", None) for one in self.list_filter}

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Not there, or not theirs: the same 404."""
        try:
            found = super().get_object(request, object_id, from_field)
        except ValidationError:
            found = None
        if found is None:
            raise Http404
        return found

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Related records are made on their own pages, not in pop-ups."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        for link in ("add", "change", "delete", "view"):
            if field and hasattr(field.widget, f"can_{link}_related"):
                setattr(field.widget, f"can_{link}_related", False)
        return field

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        raise Http404

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Not kept: the ledger says what happened."""

    log_change = log_addition

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Nothing is deleted."""


class RecordAdmin(RoleGatedAdmin):
    """Record pages with one button for each act that is possible now."""

    change_form_template = "admin/record.html"

    def possible_actions(self, request: HttpRequest, obj: Any) -> Iterable[str]:
        """Names of the actions that make sense for this record now. The service decides all the same."""
        return ()

    def record_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """What the record page shows beside the form: `facts`, `timeline`, …"""
        return {}

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        obj = self.get_object(request, object_id)
        if not self.has_view_or_change_permission(request, obj):
            raise Http404
        context = {"possible_actions": list(self.possible_actions(request, obj)), "subtitle": None}
        context |= self.record_context(request, obj) | (extra_context or {})
        return super().change_view(request, object_id, form_url, context)

    def is_confirmed(self, request: HttpRequest) -> bool:
        return request.POST.get("confirm") == "1"

    def confirm(
        self,
        request: HttpRequest,
        obj: Model,
        *,
        action: str,
        title: Any,
        effects: Iterable[Any],
        button: Any,
        template: str = "admin/confirm.html",
        **more: Any,
    ) -> HttpResponse:
        """Ask once more, saying what will happen; the page posts the same action again with confirm=1.

        `template` extends admin/confirm.html and shows `more`.
        """
        context = self.admin_site.each_context(request) | {
            "title": title,
            "effects": list(effects),
            "button": button,
            "action": action,
            "action_name": f"{ActionLocation.CHANGE_FORM.value}-action",
            "checkbox_name": helpers.ACTION_CHECKBOX_NAME,
            "obj": obj,
            "opts": self.opts,
        }
        return TemplateResponse(request, template, context | more)

    def act(self, request: HttpRequest, act: Callable[[], object], done: Any, to: str = "") -> HttpResponseBase:
        """Run one service; its refusal is told in its own words. Back to the record, or on to `to`."""
        try:
            act()
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return redirect(request.path)
        self.message_user(request, done, messages.SUCCESS)
        return redirect(to or request.path)
