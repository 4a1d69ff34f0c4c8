"""Base of the admin pages of what one officer proposes and another decides."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from consents.core.durations import format_local_moment
from consents.people.deciding import DecidingAdmin
from consents.people.staff import words
from consents.people.staff.waiting import WaitsFilter


class ProposalAdmin(DecidingAdmin):
    """Show what an officer has proposed, the newest first, and what of it waits for its reader."""

    list_filter = (WaitsFilter,)
    ordering = ("-proposed_at", "-pk")
    approving = ""  # names of actions
    cancelling = ""

    @admin.display(description=gettext_lazy("proposed"))
    def proposed(self, obj: Any) -> str:
        return format_local_moment(obj.proposed_at)

    @admin.display(description=gettext_lazy("proposed by"))
    def proposed_by_name(self, obj: Any) -> str:
        return words.describe_user(obj.proposed_by)

    def waits_for_another(self, request: HttpRequest, obj: Any) -> bool:
        """Return True for the reader's own proposal, which another officer must decide."""
        return bool(obj.is_open and obj.proposed_by_id == request.user.pk)

    def possible_actions(self, request: HttpRequest, obj: Any) -> Iterable[str]:
        if not obj.is_open:
            return []
        return [self.cancelling] if self.waits_for_another(request, obj) else [self.approving, self.cancelling]
