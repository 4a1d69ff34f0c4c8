"""Show undelivered email: without content, without addresses, with a way to try again."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from consents.core.admin import RECORD, RecordAdmin, get_role
from consents.core.refusals import get_or_refuse
from consents.core.state_tags import render_state_tag
from consents.notifications import selectors
from consents.notifications.models import FailingAddress, Message
from consents.notifications.rules import BOUNCED, EXPIRED, FAILED, HELD, MAX_TRIES, NO_ADDRESS, REFUSED, REJECTED
from consents.notifications.services import failing
from consents.notifications.staff.kind_words import describe_kind
from consents.people.models import StaffMember
from consents.people.services.holding import OFFICERS
from consents.people.visitors import record_actor

# Whom a sealed email is for, which names nobody.
ADDRESSEES = {
    "account": gettext_lazy("the person who signs in with that address"),
    "customer_erased": gettext_lazy("the customer whose record was erased"),
    "rights_code": gettext_lazy("the person who makes a privacy request"),
    "rights_request": gettext_lazy("the person who makes a privacy request"),
}


def list_email_figures(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the front page's figures of undelivered email, if there is any."""
    if get_role(request) not in OFFICERS:
        return []
    address = reverse("admin:notifications_message_changelist")
    failed, failing_addresses = selectors.select_failed_messages().count(), FailingAddress.objects.count()
    labels = [
        (failed, ngettext("email not delivered", "emails not delivered", failed)),
        (
            failing_addresses,
            ngettext("address that email does not reach", "addresses that email does not reach", failing_addresses),
        ),
    ]
    return [{"number": number, "label": label, "url": address} for number, label in labels if number]


@admin.register(Message)
class OutboxAdmin(RecordAdmin):
    may_view = OFFICERS
    nothing_yet = gettext_lazy("No email has failed to be delivered.")
    list_display = ("state", "kind_in_words", "whose", "queued_at", "reason", "tries")
    ordering = ("-queued_at", "-pk")
    fields = ("state", "kind_in_words", "whose", "queued_at", "reason", "tries")
    readonly_fields = ("state", "kind_in_words", "whose", "reason")
    actions = ("retry",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return selectors.select_undelivered_messages()

    def record_context(self, request: HttpRequest, obj: Message) -> dict[str, Any]:
        return {"title": self.kind_in_words(obj)}

    @admin.display(description=gettext_lazy("state"))
    def state(self, obj: Message) -> str:
        words = {
            NO_ADDRESS: _("No address on file"),
            REFUSED: _("Address refused"),
            BOUNCED: _("Returned"),
            REJECTED: _("Email rejected"),
            HELD: _("Not sent again"),
            EXPIRED: _("Its code had expired"),
        }
        if obj.outcome in FAILED:
            tone, word = "no", words[obj.outcome]
        else:
            tone, word = ("no", _("Given up")) if obj.tries >= MAX_TRIES else ("wait", _("Being tried again"))
        return render_state_tag(tone, word)

    @admin.display(description=gettext_lazy("what it is about"))
    def kind_in_words(self, obj: Message) -> str:
        return describe_kind(obj.kind)

    @admin.display(description=gettext_lazy("reason"), empty_value="–")
    def reason(self, obj: Message) -> str:
        """Return the kind of error, or the code from the other mail server (RFC 3463)."""
        if obj.outcome == HELD:
            return _("It was waiting in a backup that was restored, and may have been sent since.")
        return obj.error

    @admin.display(description=gettext_lazy("to (pseudonym)"))
    def whose(self, obj: Message) -> str:
        if obj.customer_id:
            return _("customer %(id)s") % {"id": obj.customer_id}
        if obj.user_id:
            is_staff = StaffMember.objects.filter(pk=obj.user_id).exists()
            return (_("staff %(id)s") if is_staff else _("someone who acts for a customer, %(id)s")) % {
                "id": obj.user_id
            }
        return str(ADDRESSEES.get(obj.kind, ADDRESSEES["account"]))

    def possible_actions(self, request: HttpRequest, obj: Message) -> Iterable[str]:
        return ["retry"] if selectors.can_be_retried(obj) else []

    @admin.action(description=gettext_lazy("Send again"), permissions=["view"], location=RECORD)
    def retry(self, request: HttpRequest, queryset: QuerySet[Message]) -> HttpResponseBase:
        message = get_or_refuse(queryset)
        outbox = reverse("admin:notifications_message_changelist")
        return self.act(
            request,
            lambda: failing.retry_message(message=message.pk, by=record_actor(request)),
            _("It is being sent again. If it fails, it will return to this list."),
            to=outbox,
        )
