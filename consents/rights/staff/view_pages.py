"""Saved views of the queue: kept from the list, chosen above it, set right on a page of their own."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.core.admin import get_role
from consents.core.refusals import Refusal, Unknown
from consents.people.services.holding import OFFICERS
from consents.people.visitors import StaffRequest, run_once
from consents.people.work import WAITS
from consents.rights.models import LONGEST_NAME, SavedView
from consents.rights.services import saved_views

# What a view keeps of the list's address: never one customer's, nor a page.
KEPT = (WAITS, "state", "officer", "late", "law", "right", "received", "sort")
PREFIX = "kept_"
LONGEST_NUMBER = 19  # what a number of the database can have


class KeepViewForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name of the view"),
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("You alone see it. No names of people."),
        error_messages={"required": gettext_lazy("Give the view a name.")},
    )
    is_first = forms.BooleanField(label=gettext_lazy("Open the list with it"), required=False)


def list_kept(sent: Mapping[str, str], prefix: str = "") -> dict[str, str]:
    chosen = {name: sent.get(prefix + name, "")[:100] for name in KEPT}
    return {name: value for name, value in chosen.items() if value and "\0" not in value}


def build_list_url(query: Mapping[str, str]) -> str:
    return reverse("admin:rights_rightsrequest_changelist", query=dict(query))


def build_views_context(request: StaffRequest) -> dict[str, Any]:
    """Build what the list shows of views: the officer's own, which is open, and what a new one would keep."""
    query = list_kept(request.GET)
    own = [
        {"name": view.name, "url": build_list_url(view.query), "is_open": view.query == query}
        for view in saved_views.list_queue_views(request.user.pk)
    ]
    return {
        "views": own,
        "open_view": next((view["name"] for view in own if view["is_open"]), ""),
        "to_keep": {f"{PREFIX}{name}": value for name, value in query.items()},
        "longest_name": LONGEST_NAME,
    }


def find_first_view(request: StaffRequest) -> str:
    """Return the address that the list opens with for this officer; '' if it opens as for everybody."""
    if request.GET or request.method != "GET":
        return ""
    first = SavedView.objects.filter(owner=request.user.pk, is_first=True).first()
    return build_list_url(first.query) if first else ""


def show_views(request: StaffRequest) -> HttpResponseBase:
    """GET: the officer's views. POST: keep one, let the list open with one, or remove one."""
    if get_role(request) not in OFFICERS:
        raise Unknown
    if request.method != "POST":
        return render_views(request, None)
    if "keep" in request.POST:
        return keep_view(request)
    officer = request.user.staff_member
    number = request.POST.get("view", "")
    view = int(number) if number.isdecimal() and len(number) < LONGEST_NUMBER else None
    try:
        if "remove" in request.POST and view is not None:
            run_once(request, lambda by: saved_views.remove_queue_view(view=view, officer=officer))
            messages.success(request, _("The view is removed."))
        elif "first" in request.POST:
            run_once(request, lambda by: saved_views.open_with_view(view=view, officer=officer))
            messages.success(request, _("Saved."))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("admin:rights_rightsrequest_views")


def keep_view(request: StaffRequest) -> HttpResponseBase:
    form, query = KeepViewForm(request.POST), list_kept(request.POST, PREFIX)
    if form.is_valid():
        kept = {"name": form.cleaned_data["name"], "is_first": form.cleaned_data["is_first"], "query": query}
        try:
            run_once(request, lambda by: saved_views.keep_queue_view(officer=request.user.staff_member, **kept))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect(build_list_url(query))
    return render_views(request, form, status=422)


def render_views(request: StaffRequest, form: KeepViewForm | None, status: int = 200) -> HttpResponse:
    views = [
        {"id": view.pk, "name": view.name, "url": build_list_url(view.query), "is_first": view.is_first}
        for view in saved_views.list_queue_views(request.user.pk)
    ]
    context = admin.site.each_context(request) | {"title": _("Your views"), "views": views, "form": form}
    context["has_first"] = any(view["is_first"] for view in views)
    context["to_keep"] = {f"{PREFIX}{name}": value for name, value in list_kept(request.POST, PREFIX).items()}
    return render(request, "admin/rights/rightsrequest/views.html", context, status=status)
