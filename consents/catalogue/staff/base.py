"""The base of the admin pages of the catalogue: who writes, who reads, and what is saved once."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest

from consents.core.admin import NEXT_ACT, is_text_changed
from consents.ledger.selectors import timelines
from consents.people.deciding import DecidingAdmin, SavedOnceAdmin
from consents.people.models import Role
from consents.people.services.holding import OFFICERS
from consents.people.staff.timelines import build_timeline

WRITERS = {Role.PRIVACY_OFFICER}


class CatalogueAdmin(SavedOnceAdmin, DecidingAdmin):
    """Written by privacy officers through the services, read by compliance officers."""

    may_view = OFFICERS
    may_add = may_change = WRITERS
    object_type = ""

    def is_frozen(self, obj: Any) -> bool:
        raise NotImplementedError

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or not self.is_frozen(obj))

    def possible_actions(self, request: HttpRequest, obj: Any) -> Iterable[str]:
        return () if self.is_frozen(obj) else self.asked_first

    def get_saved_url(self, request: HttpRequest, object_id: str | None) -> str:
        """Return where a form that was saved leads: back to the record, or from a new one to the list."""
        return request.path if object_id else super().get_saved_url(request, object_id)

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
