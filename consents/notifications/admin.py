"""Mail that did not arrive: without content, without addresses, with a way to try again."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.core.admin import RECORD, RecordAdmin, role_of
from consents.core.refusals import Unknown
from consents.notifications import selectors, services
from consents.notifications.models import FailingAddress, Message
from consents.notifications.rules import BOUNCED, FAILED, HELD, NO_ADDRESS, REFUSED, REJECTED, TRIES
from consents.people.models import Role
from consents.people.visitors import actor_of

OFFICERS = {Role.PRIVACY_OFFICER, Role.COMPLIANCE_OFFICER}


def figures(request: HttpRequest) -> list[dict[str, Any]]:
    """The first page in numbers: shown only where there is something to do."""
    if role_of(request) not in OFFICERS:
        return []
    address = reverse("admin:notifications_message_changelist")
    counted = [
        (selectors.failed().count(), _("mails not delivered")),
        (FailingAddress.objects.count(), _("addresses that mail does not reach")),
    ]
    return [{"number": number, "label": label, "url": address} for number, label in counted if number]


@admin.register(Message)
class OutboxAdmin(RecordAdmin):
    may_view = OFFICERS
    list_display = ("state", "kind_in_words", "whose", "queued_at", "reason", "tries")
    ordering = ("-queued_at",)
    sortable_by = ()
    fields = ("state", "kind_in_words", "whose", "queued_at", "reason", "tries")
    readonly_fields = ("state", "kind_in_words", "whose", "reason")
    actions = ("retry",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return selectors.undelivered()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": _("Mails not delivered")} | (extra_context or {}))

    def record_context(self, request: HttpRequest, obj: Message) -> dict[str, Any]:
        return {"title": self.kind_in_words(obj)}

    @admin.display(description=gettext_lazy("state"))
    def state(self, obj: Message) -> str:
        words = {
            NO_ADDRESS: _("No address on file"),
            REFUSED: _("Address refused"),
            BOUNCED: _("Came back"),
            REJECTED: _("Mail rejected"),
            HELD: _("Not sent again"),
        }
        if obj.outcome in FAILED:
            tone, word = "no", words[obj.outcome]
        else:
            tone, word = ("no", _("Given up")) if obj.tries >= TRIES else ("wait", _("Being tried again"))
        return format_html('<span class="state state-{}">{}</span>', tone, word)

    @admin.display(description=gettext_lazy("kind"))
    def kind_in_words(self, obj: Message) -> str:
        return obj.kind.replace("_", " ").capitalize()

    @admin.display(description=gettext_lazy("reason"), empty_value="–")
    def reason(self, obj: Message) -> str:
        """The kind of error, or what the other mail server said in numbers (RFC 3463)."""
        if obj.outcome == HELD:
            return _("It waited in a backup that was restored, and may have gone out since.")
        return obj.error

    @admin.display(description=gettext_lazy("to (pseudonym)"))
    def whose(self, obj: Message) -> str:
        if obj.customer_id:
            return _("customer %(id)s") % {"id": obj.customer_id}
        return _("staff %(id)s") % {"id": obj.user_id} if obj.user_id else _("whoever signs in with that address")

    def possible_actions(self, request: HttpRequest, obj: Message) -> Iterable[str]:
        return ["retry"] if selectors.can_be_retried(obj) else []

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.action(description=gettext_lazy("Send again"), permissions=["retry"], location=RECORD)
    def retry(self, request: HttpRequest, queryset: QuerySet[Message]) -> HttpResponseBase:
        row = queryset.first()
        if row is None:
            raise Unknown
        outbox = reverse("admin:notifications_message_changelist")
        return self.act(
            request,
            lambda: services.retry(message=row.pk, by=actor_of(request)),
            _("It is on its way again. If it fails, it comes back to this list."),
            to=outbox,
        )
