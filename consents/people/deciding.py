"""Records about which the member of staff who looks at one can do something."""

import hashlib
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db import connection, transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from consents.core.admin import NEXT_ACT, REOPENED, RecordAdmin, RoleGatedAdmin, as_shown_again
from consents.core.refusals import Refusal
from consents.people.known_browsers import ConflictingSubmission
from consents.people.visitors import run_once, was_submitted, was_token_submitted

# The buttons of Django's form for a record.
SAVING = {"_save", "_continue", "_addanother", NEXT_ACT}


class DecidingAdmin(RecordAdmin):
    """Serve as base of records whose buttons are acts of a member of staff. `customer_short`: a column of lists, for a
    record about a customer."""

    @admin.display(description=_("customer"))
    def customer_short(self, obj: Any) -> str:
        return str(obj.customer_id)[:8]

    def decide(
        self, request: HttpRequest, act: Callable[..., object], done: Any, *, who: str = "officer", **facts: Any
    ) -> HttpResponseBase:
        """Run one act of this member, once; as `act` otherwise. `who`: the act's word for the member."""
        user: Any = request.user
        return self.act_once(request, act, done, **facts, **{who: user.staff_member})

    def act_once(self, request: HttpRequest, act: Callable[..., object], done: Any, **facts: Any) -> HttpResponseBase:
        """Run one act, once; as `act` otherwise."""
        return self.act(request, lambda: run_once(request, lambda by: act(**facts, by=by)), done)


# In a form about a record: the record as its page showed it.
SHOWN = "shown_record"
HOLD_EDIT = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))"  # in the space of forms, of which it is one


REOPENED_FORM = _("Nothing is saved yet. What you typed is below: look at it, then save it.")
OVERTAKEN = _(
    "This was changed since your page was loaded, so nothing was saved yet. What you typed is below. Open the "
    "record in another tab to read what it says now. If you save again, yours takes its place."
)


class Unsaved:
    """Goes before the form of a record that is shown again and not saved. `why_unsaved`: a sentence for its page."""

    why_unsaved: Any

    def clean(self: Any) -> Any:
        form: Any = super()
        cleaned = form.clean()
        self.add_error(None, self.why_unsaved)
        return cleaned


class SavedOnceAdmin(RoleGatedAdmin):
    """Serve as base of records that a form saves: once, however often it is sent, and over what its page showed."""

    @as_shown_again
    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().add_view(request, *args, **kwargs)

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> Any:
        """Redirect a form sent twice to where it led the first time; it would no longer pass its own checks. Show one
        that the service refuses to save again, as it was typed."""
        try:
            with transaction.atomic():
                if SAVING & request.POST.keys() and was_submitted(request):
                    return redirect(self.get_saved_url(request, object_id))
                if object_id and self.is_overtaken(request, object_id):
                    record = self.get_object(request, unquote(object_id))
                    if "confirm" in request.POST or not self.has_change_permission(request, record):
                        return self.refuse_stale_button(request)
                    vars(request)["why_unsaved"] = OVERTAKEN
                if REOPENED in request.POST:
                    vars(request)["why_unsaved"] = REOPENED_FORM
                return super().changeform_view(request, object_id, *args, **kwargs)
        except Refusal as refusal:
            if isinstance(refusal, ConflictingSubmission) or not self.may_save_again(request, object_id):
                raise
            vars(request)["why_unsaved"] = str(refusal)
            return super().changeform_view(request, object_id, *args, **kwargs)

    def may_save_again(self, request: HttpRequest, object_id: str | None) -> bool:
        """Return True for a form that its sender may correct: not once a colleague has published its record."""
        if not SAVING & request.POST.keys():
            return False
        return not object_id or self.has_change_permission(request, self.get_object(request, unquote(object_id)))

    def is_overtaken(self, request: HttpRequest, object_id: str) -> bool:
        """Return True if what is saved or decided on here was changed since the page was loaded; until the caller's
        transaction ends, no other form of the record is heard."""
        shown = request.POST.get(SHOWN)
        if not shown or not {*SAVING, "confirm"} & request.POST.keys() or was_token_submitted(request):
            return False
        with connection.cursor() as cursor:
            cursor.execute(HOLD_EDIT, [f"{self.opts.label} {object_id}"])
        return shown != self.compute_shown(self.get_object(request, unquote(object_id)))

    def compute_shown(self, record: Any) -> str:
        """Return a digest of a record with its parts, as its page shows them."""
        parts = {inline.model for inline in self.inlines}
        relations = [relation for relation in record._meta.related_objects if relation.related_model in parts]
        names = [relation.get_accessor_name() for relation in relations]
        rows = [record, *(part for name in names for part in getattr(record, name).order_by("pk"))]
        many = [sorted(getattr(record, field.name).values_list("pk")) for field in record._meta.many_to_many]
        values = [[field.value_to_string(part) for field in part._meta.concrete_fields] for part in rows]
        return hashlib.sha256(repr((values, many)).encode()).hexdigest()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        if why_unsaved := vars(request).get("why_unsaved"):
            return type(form)(form.__name__, (Unsaved, form), {"why_unsaved": why_unsaved})
        return form

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Note in the form what it shows; after one that is not valid the record itself holds what was typed."""
        if shown := context["original"]:
            record = shown if request.method == "GET" else self.get_object(request, str(shown.pk))
            context[SHOWN] = self.compute_shown(record)
        why_unsaved = vars(request).get("why_unsaved")
        if why_unsaved and len(context["errors"]) == 1:
            context["errors"] = []  # there is nothing to correct
            self.message_user(request, why_unsaved, messages.WARNING)
        return super().render_change_form(request, context, *args, **kwargs)

    def confirm(self, request: HttpRequest, obj: Model, *words: Any, **more: Any) -> HttpResponse:
        """Ask about the record as the page shows it."""
        page: Any = super()
        asked_first: HttpResponse = page.confirm(request, obj, *words, **more, **{SHOWN: self.compute_shown(obj)})
        return asked_first

    def get_saved_url(self, request: HttpRequest, object_id: str | None) -> str:
        """Return where a form that was saved leads: to the list."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
