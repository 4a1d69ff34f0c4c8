"""Provide the bases of the admin: closed by default, opened by role, records that change only through actions.

They know no role names: each ModelAdmin lists who may. Nothing is deleted here, and Django's own admin history is not
kept, since the ledger says what happened.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from functools import cache, cached_property
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import ActionLocation, helpers
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Model
from django.forms import Media
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template import Engine
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, resolve, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from consents.core.refusals import Refusal

# Of the stock scripts what a page of ours can need. The others fill in a field while another is typed, which no page
# does, and bring an alphabet of all the world's letters for it.
SCRIPTS = ("vendor/jquery/jquery.min.js", "jquery.init.js", "core.js", "admin/RelatedObjectLookups.js", "actions.js")


class PlainPages(admin.ModelAdmin):
    """Serve as the base of every admin: the list of records, and the page of one record."""

    # What an empty list says, so that nobody wonders whether something is missing.
    nothing_yet: Any = _("There is nothing here yet.")
    # Whether the list leaves out a part until somebody filters: then its filters stand there even where it is empty.
    is_filtered_at_first = False

    @property
    def media(self) -> Media:
        return Media(js=[f"admin/js/{name}" for name in SCRIPTS])

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Name the list by what is in it; the stock heading says what one could do with it."""
        title = capfirst(self.opts.verbose_name_plural)
        response: HttpResponse = super().changelist_view(request, {"title": title} | (extra_context or {}))
        return response

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Name the page by the record, and offer no further one beside it: that begins above the list."""
        context |= {"show_save_and_add_another": False}
        inlines = [part for inline in context["inline_admin_formsets"] for part in inline.formset.forms]
        for form in (context["adminform"].form, *inlines):
            form.label_suffix = ""
        if context.get("subtitle"):
            context |= {"title": context["subtitle"], "subtitle": None}
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response


MOST = 1000  # the words beneath a longer list say this number


class BoundedPaginator(Paginator):
    """List the first thousand rows; `is_cut` tells that there are more, which a filter brings forward."""

    @cached_property
    def number_found(self) -> int:
        rows: Any = self.object_list
        number: int = rows.order_by()[: MOST + 1].count()
        return number

    @cached_property
    def count(self) -> int:
        return min(self.number_found, MOST)

    @property
    def is_cut(self) -> bool:
        return self.number_found > MOST


RECORD = [ActionLocation.CHANGE_FORM]
# In a form about a record: the act whose button was pressed.
PRESSED = f"{ActionLocation.CHANGE_FORM.value}-action"
# Beside a form that is saved: the act that its button goes on to.
NEXT_ACT = "_next"
# In a form that comes back over a sign-in: it is shown again, nothing is done yet.
REOPENED = "reopened"


def is_text_changed(form: Any) -> bool:
    """Return True where a form says something else than before; the line ends that a browser sends say nothing."""
    for name in form.changed_data:
        before, after = form.get_initial_for_field(form.fields[name], name), form.cleaned_data.get(name)
        is_text = isinstance(before, str) and isinstance(after, str)
        if not is_text or str(before).splitlines() != str(after).splitlines():
            return True
    return False


def as_harmless[View: Callable[..., Any]](view: View) -> View:
    """Mark a view that changes nothing, whatever is posted to it: nobody has to prove anew who they are for it."""
    vars(view)["changes_nothing"] = True
    return view


def as_shown_again[View: Callable[..., Any]](view: View) -> View:
    """Mark a view of staff that shows a form `REOPENED` after a sign-in once more, and does nothing by it."""
    vars(view)["shows_again"] = True
    return view


def get_role(request: HttpRequest) -> str:
    """Return the role of a live member of staff; empty for everyone else."""
    user: Any = request.user
    return user.staff_member.role if user.is_authenticated and user.is_staff else ""


def check_role(request: HttpRequest, roles: Collection[str]) -> None:
    """Raises PermissionDenied for whoever has none of these roles."""
    if get_role(request) not in roles:
        raise PermissionDenied


class RoleGate:
    """Give permissions by role; no one here is in Django's permission tables."""

    may_view: Collection[str] = ()
    may_add: Collection[str] = ()
    may_change: Collection[str] = ()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return get_role(request) in {*self.may_view, *self.may_change}

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return get_role(request) in self.may_add

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return get_role(request) in self.may_change

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return get_role(request) in {*self.may_view, *self.may_add, *self.may_change}


class RoleGatedAdmin(RoleGate, PlainPages, admin.ModelAdmin):
    """Serve as base of every ModelAdmin here; the site accepts no other."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by: Collection[str] | None = ()
    paginator = BoundedPaginator
    list_per_page = 50
    # What the first page calls the link to the page for a new one.
    add_label: Any = _("Add")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Allow the offered filters alone, so that no one can compose conditions in the address."""
        return lookup in {getattr(list_filter, "parameter_name", None) for list_filter in self.list_filter}

    @as_shown_again
    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().change_view(request, object_id, *args, **kwargs)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Leave the transactions to the services: Django's own, around several, would hold their locks out of order."""
        return self._changeform_view(request, object_id, form_url, extra_context)  # type: ignore[attr-defined]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Answer with the same 404 whether it is missing, someone else's, or of a kind they do not see."""
        record = None
        with suppress(ValidationError):
            record = self.read_record(request, object_id, from_field)
        if record is None or not self.has_view_or_change_permission(request, record):
            raise Http404
        return record

    def read_record(self, request: HttpRequest, object_id: str, from_field: str | None) -> Any:
        """Return the record of this id, None without one; or raise ValidationError for what is none."""
        return super().get_object(request, object_id, from_field)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Hide the pop-ups for related records, which are made on their own pages."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(widget := field.widget, RelatedFieldWidgetWrapper):
            widget.can_add_related = widget.can_change_related = False
            widget.can_delete_related = widget.can_view_related = False
        return field

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Delete nothing, and answer alike whether or not the record exists."""
        raise Http404

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        raise Http404

    def get_record_url(self, request: HttpRequest) -> str:
        """Return the address of the record that this page is about."""
        # Not the request's own match: what goes on after a proof has that of the proof's page.
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return reverse(name, args=[unquote(resolve(request.path_info).kwargs["object_id"])])

    def refuse_stale_button(self, request: HttpRequest) -> HttpResponseBase:
        """Show the record as it is now to someone whose page offered an act that is no longer possible."""
        sentence = _("This is no longer possible: the record has changed since your page was loaded. Look at it again.")
        self.message_user(request, sentence, messages.WARNING)
        return redirect(self.get_record_url(request))

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Keep nothing: the ledger says what happened."""

    log_change = log_addition

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Keep nothing: records are never deleted."""


class RecordAdmin(RoleGatedAdmin):
    """Show a record with one button for each act that is possible now."""

    change_form_template = "admin/record.html"
    # Acts that ask first, each on a page with an address of its own.
    asked_first: Collection[str] = ()
    # Of these, those whose button saves first what was changed in the record's form.
    saved_first: Collection[str] = ()
    # Acts that take back or end what the record is about: possible, and never what is to be done next.
    ending_acts: Collection[str] = ()
    # The one act that is ever to be done next, where there is only one.
    next_act = ""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.act_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_act"
        return [path("<path:object_id>/act/<slug:act>/", view, name=name), *super().get_urls()]

    @as_shown_again
    def act_view(self, request: HttpRequest, object_id: str, act: str) -> HttpResponseBase:
        """GET: ask before this act. POST: do it, as on the record's own page."""
        if request.method == "POST":
            return self.change_view(request, object_id)
        obj = self.get_object(request, unquote(object_id))
        action = self.get_actions(request, action_location=ActionLocation.CHANGE_FORM).get(act)
        if act not in self.asked_first or action is None or not self.has_view_or_change_permission(request, obj):
            raise Http404
        if act not in self.possible_actions(request, obj):
            return self.refuse_stale_button(request)
        asked: HttpResponseBase = action.func(self, request, self.get_queryset(request).filter(pk=obj.pk))
        return asked

    def response_action(
        self, request: HttpRequest, queryset: Any, action_location: Any = ActionLocation.CHANGE_LIST
    ) -> Any:
        """Lead to the page of an act that asks first; one that comes back over a sign-in asks with what was typed."""
        act = request.POST.get(PRESSED, "")
        if act in self.asked_first and not self.is_confirmed(request) and REOPENED not in request.POST:
            return redirect(self.get_act_url(request, act))
        if act not in self.asked_first and REOPENED in request.POST:
            return redirect(self.get_record_url(request))
        return super().response_action(request, queryset, action_location)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Go on to the act whose button was pressed beside the form, after saving."""
        if (act := request.POST.get(NEXT_ACT)) not in self.saved_first:
            return super().response_change(request, obj)
        return redirect(self.get_act_url(request, str(act)))

    def get_act_url(self, request: HttpRequest, act: str) -> str:
        return f"{self.get_record_url(request).removesuffix('change/')}act/{act}/"

    def possible_actions(self, request: HttpRequest, obj: Any) -> Iterable[str]:
        """Return the names of the actions that make sense for this record now; the service still decides."""
        return ()

    def choose_next_act(self, obj: Any, possible: list[str]) -> str:
        """Return the act to do next, whose button is filled; empty where none of several is, or only what ends it."""
        if self.next_act:
            return self.next_act if self.next_act in possible else ""
        return possible[0] if len(possible) == 1 and possible[0] not in self.ending_acts else ""

    def group_acts(self, possible: list[str], next_act: str) -> list[tuple[Any, list[str]]]:
        """Return headings with the acts beneath each, for records with so many that a row of buttons hides them."""
        return []

    def label_record(self, obj: Any) -> str:
        """Return what its page, and the way back to it, call this record."""
        return str(obj)

    def record_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Return what the record page shows beside the form: `facts`, `timeline`, …"""
        return {}

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Gather here, and no earlier, what stands beside the form: who presses a button is led on, and sees none."""
        if shown := context["original"]:
            # Not what a form that is not valid has written into its record.
            obj = shown if request.method == "GET" else self.get_object(request, str(shown.pk))
            possible, is_edited = list(self.possible_actions(request, obj)), self.has_change_permission(request, obj)
            context |= {"title": self.label_record(obj), "subtitle": None, "possible_actions": possible}
            context["saved_first"] = self.saved_first if is_edited else ()
            # Beside a form, the button that saves it is the filled one.
            context["next_act"] = "" if is_edited else self.choose_next_act(obj, possible)
            context |= self.record_context(request, obj)
            context["act_groups"] = self.group_acts(possible, context["next_act"])
        return super().render_change_form(request, context, *args, **kwargs)

    def is_confirmed(self, request: HttpRequest) -> bool:
        return request.POST.get("confirm") == "1"

    def confirm(
        self,
        request: HttpRequest,
        obj: Model,
        title: Any,
        effects: Iterable[Any],
        button: Any,
        *,
        template: str = "",
        **more: Any,
    ) -> HttpResponse:
        """Ask once more, saying what will happen; the page posts the same action again with confirm=1.

        `template` extends admin/confirm.html and shows `more`. A `form` is shown with what is wrong in it.
        """
        act = request.POST.get(PRESSED) or resolve(request.path_info).kwargs["act"]
        context = self.admin_site.each_context(request) | {
            "title": title,
            "effects": list(effects),
            "button": button,
            "action": act,
            "action_name": PRESSED,
            "checkbox_name": helpers.ACTION_CHECKBOX_NAME,
            "obj": obj,
            "opts": self.opts,
            "record_name": self.label_record(obj),
            "record_url": self.get_record_url(request),
            "act_url": self.get_act_url(request, act),
        }
        form = more.get("form")
        template = template or ("admin/confirm.html" if form is None else "admin/act.html")
        return TemplateResponse(request, template, context | more, status=422 if form and form.errors else 200)

    def act(self, request: HttpRequest, act: Callable[[], object], done: Any, to: str = "") -> HttpResponseBase:
        """Run one service and go back to the record, or on to `to`; a refusal is shown in its own words."""
        try:
            act()
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return redirect(self.get_record_url(request))
        self.message_user(request, done, messages.SUCCESS)
        return redirect(to or self.get_record_url(request))


def render_state_tag(tone: str, word: str) -> SafeString:
    """Render a word in the colour of its tone: yes, no, wait or stop."""
    return format_html('<span class="state state-{}">{}</span>', tone, word)


# Name the version of the pages that asked: part of the proof of what someone answered.
#
# The European Data Protection Board's Guidelines 05/2020 (paragraph 108) name the consent workflow as evidence.


@cache
def get_interface_version(*templates: str) -> str:
    """Return a short digest of the templates that ask; it changes whenever their source does."""
    sources = [Engine.get_default().get_template(name).source for name in templates]
    return hashlib.sha256("".join(sources).encode()).hexdigest()[:12]
