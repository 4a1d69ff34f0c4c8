"""Show which of the company's systems are told that consent has changed, and what they could not be told."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from consents.core import clock
from consents.core.admin import RECORD, RecordAdmin, get_role, render_state_tag
from consents.people.services.holding import OFFICERS
from consents.people.visitors import record_actor
from consents.systems import selectors, services
from consents.systems.models import Receiver

# What is otherwise said by the name of an error or the status of an answer.
REASONS = {
    "NoSecret": gettext_lazy("There is no secret to sign with"),
    "AddressRefused": gettext_lazy("Its name leads to an address that is not allowed"),
    "TimeoutError": gettext_lazy("It does not answer in time"),
    "ConnectionRefusedError": gettext_lazy("It cannot be reached"),
    "gaierror": gettext_lazy("Its name is not found"),
    "SSLCertVerificationError": gettext_lazy("Its certificate is not valid"),
    "HTTP 410": gettext_lazy("It says that it takes no more (410)"),
}


def list_receiver_figures(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the front page's figure of systems that are not told, if there is any."""
    if get_role(request) not in OFFICERS or not selectors.list_told_systems():
        return []
    number = selectors.select_troubled_receivers().count()
    label = ngettext("system is not told of changes", "systems are not told of changes", number)
    address = reverse("admin:systems_receiver_changelist")
    return [{"number": number, "label": label, "url": address}] if number else []


@admin.register(Receiver)
class ReceiverAdmin(RecordAdmin):
    may_view = OFFICERS
    nothing_yet = gettext_lazy("No system of the company is told of changes: PORTAL_SYSTEMS names no address for it.")
    list_display = ("name", "state", "count_waiting", "count_given_up", "delivered_at", "failed_at", "reason")
    ordering = ("name",)
    fields = ("state", "count_waiting", "count_given_up", "delivered_at", "failed_at", "reason")
    readonly_fields = ("state", "count_waiting", "count_given_up", "reason")
    actions = ("resume", "test")
    next_act = "resume"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return selectors.select_receivers()

    def get_empty_value_display(self) -> str:
        return "–"

    @admin.display(description=gettext_lazy("state"))
    def state(self, obj: Any) -> str:
        if obj.stopped_at:
            return render_state_tag("no", _("Stopped"))
        if obj.given_up:
            return render_state_tag("no", _("Given up"))
        if obj.waiting and obj.error:
            return render_state_tag("wait", _("Being tried again"))
        if obj.is_late:
            return render_state_tag("wait", _("Late"))
        return render_state_tag("yes", _("In order")) if obj.delivered_at else render_state_tag("wait", _("Not tried"))

    @admin.display(description=gettext_lazy("waiting"))
    def count_waiting(self, obj: Any) -> int:
        return int(obj.waiting)

    @admin.display(description=gettext_lazy("given up"))
    def count_given_up(self, obj: Any) -> int:
        return int(obj.given_up)

    @admin.display(description=gettext_lazy("reason"), empty_value="–")
    def reason(self, obj: Receiver) -> str:
        return str(REASONS.get(obj.error, obj.error))

    def possible_actions(self, request: HttpRequest, obj: Receiver) -> Iterable[str]:
        acts = ["resume"] if selectors.is_anything_held(obj) else []
        return acts if obj.stopped_at or obj.resumes_at > clock.now() else [*acts, "test"]

    @admin.action(description=gettext_lazy("Send again"), permissions=["view"], location=RECORD)
    def resume(self, request: HttpRequest, queryset: QuerySet[Receiver]) -> HttpResponseBase:
        receiver = queryset.get()
        return self.act(
            request,
            lambda: services.resume_receiver(name=receiver.name, by=record_actor(request)),
            _("What waits and what was given up is being sent again. What fails again will be counted here."),
        )

    @admin.action(description=gettext_lazy("Send a test"), permissions=["view"], location=RECORD)
    def test(self, request: HttpRequest, queryset: QuerySet[Receiver]) -> HttpResponseBase:
        receiver = queryset.get()
        return self.act(
            request,
            lambda: services.send_test_webhook(name=receiver.name, by=record_actor(request)),
            _("A test is on its way. Load this page again in a minute to see whether it was taken."),
        )
