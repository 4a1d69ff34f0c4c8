"""The base of the admin pages of the catalogue: who writes, who reads, and what is saved once."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.html import format_html

from consents.core.admin import NEXT_ACT, is_text_changed
from consents.ledger.selectors import timelines
from consents.people.deciding import DecidingAdmin
from consents.people.models import Role
from consents.people.staff.timelines import build_timeline
from consents.people.visitors import was_submitted

WRITERS = {Role.PRIVACY_OFFICER}
READERS = {Role.PRIVACY_OFFICER, Role.COMPLIANCE_OFFICER}

# The buttons of Django's form for a record.
SAVING = {"_save", "_continue", "_addanother", NEXT_ACT}


def render_state_tag(tone: str, word: str) -> str:
    return format_html('<span class="state state-{}">{}</span>', tone, word)


class CatalogueAdmin(DecidingAdmin):
    """Written by privacy officers through the services, read by compliance officers."""

    may_view = READERS
    may_add = may_change = WRITERS
    object_type = ""

    def is_frozen(self, obj: Any) -> bool:
        raise NotImplementedError

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or not self.is_frozen(obj))

    def has_write_permission(self, request: HttpRequest) -> bool:
        return super().has_change_permission(request)

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> Any:
        """Redirect a form sent twice to where it led the first time; it would no longer pass its own checks."""
        with transaction.atomic():
            if SAVING & request.POST.keys() and was_submitted(request):
                return redirect(
                    request.path if object_id else f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
                )
            return super().changeform_view(request, object_id, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Do nothing: in `save_related` the service saves the record and its parts in one act."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        raise NotImplementedError

    def record_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        entries = timelines.list_entries(obj.pk).filter(object_type=self.object_type)[:200]
        return {"timeline": build_timeline(entries)}


def is_published_unchanged(request: HttpRequest, form: Any, formsets: Any) -> bool:
    """Return True where somebody goes on to publish and has changed nothing: who saves is a writer of the text."""
    parts = [part for formset in formsets for part in formset.forms]
    return NEXT_ACT in request.POST and not any(is_text_changed(part) for part in [form, *parts])
