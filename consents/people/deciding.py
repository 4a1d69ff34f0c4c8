"""Records about which the member of staff who looks at one can do something."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from consents.core.admin import RecordAdmin
from consents.ledger.rules import Actor
from consents.people.models import StaffMember
from consents.people.visitors import run_once


class DecidingAdmin(RecordAdmin):
    """Serve as base of records whose buttons are acts of a member of staff."""

    def decide(self, request: HttpRequest, act: Callable[[StaffMember, Actor], object], done: Any) -> HttpResponseBase:
        """Run one act of this member, once; as `act` otherwise."""
        user: Any = request.user
        return self.act(request, lambda: run_once(request, lambda by: act(user.staff_member, by)), done)
