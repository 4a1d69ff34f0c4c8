"""Records about which the member of staff who looks at one can do something."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from consents.core.admin import NEXT_ACT, RecordAdmin
from consents.ledger.rules import Actor
from consents.people.models import StaffMember
from consents.people.visitors import run_once, was_submitted

# The buttons of Django's form for a record.
SAVING = {"_save", "_continue", "_addanother", NEXT_ACT}


class DecidingAdmin(RecordAdmin):
    """Serve as base of records whose buttons are acts of a member of staff."""

    def decide(self, request: HttpRequest, act: Callable[[StaffMember, Actor], object], done: Any) -> HttpResponseBase:
        """Run one act of this member, once; as `act` otherwise."""
        user: Any = request.user
        return self.act(request, lambda: run_once(request, lambda by: act(user.staff_member, by)), done)


class SavedOnceAdmin(admin.ModelAdmin):
    """Serve as base of records that a form saves, once however often it is sent."""

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> Any:
        """Redirect a form sent twice to where it led the first time; it would no longer pass its own checks."""
        with transaction.atomic():
            if SAVING & request.POST.keys() and was_submitted(request):
                return redirect(self.get_saved_url(request, object_id))
            return super().changeform_view(request, object_id, *args, **kwargs)

    def get_saved_url(self, request: HttpRequest, object_id: str | None) -> str:
        """Return where a form that was saved leads: to the list."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
