"""Say what an email is about, for the list of those that did not arrive: never by its subject, which may name a team
or a request."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_http_methods

from consents.core.admin import RECORD, RecordAdmin, get_role, render_state_tag
from consents.core.fields import RadioField
from consents.core.refusals import get_or_refuse
from consents.notifications import selectors
from consents.notifications.models import FailingAddress, Message, StaffPreference
from consents.notifications.rules import BOUNCED, EXPIRED, FAILED, HELD, MAX_TRIES, NO_ADDRESS, REFUSED, REJECTED
from consents.notifications.services import choosing, failing
from consents.people.models import StaffMember
from consents.people.services.holding import OFFICERS
from consents.people.visitors import StaffRequest, record_actor, run_once

# Show undelivered email: without content, without addresses, with a way to try again.

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


# By kind, which is the stem of the email's templates, or what is sealed whole.
KIND_WORDS = {
    "access_ended": gettext_lazy("Access has ended"),
    "access_request_answered": gettext_lazy("An access request was answered, or its time ran out"),
    "access_request_filed": gettext_lazy("Somebody asks to see the customer’s data"),
    "access_request_question": gettext_lazy("A question from the customer before the answer"),
    "access_request_question_answered": gettext_lazy("The answer to the customer’s question"),
    "access_request_reminder": gettext_lazy("A reminder that an access request waits"),
    "account": gettext_lazy("An email for signing in, or about the account"),
    "act_confirmed": gettext_lazy("Confirmation of what was changed"),
    "acting_began": gettext_lazy("Someone new can act for the customer"),
    "acting_ended": gettext_lazy("Someone can no longer act for the customer"),
    "alarm": gettext_lazy("The portal needs attention"),
    "assent_ended": gettext_lazy(
        "A request, or the text of a consent, ended before all holders of the account had answered"
    ),
    "assent_lapsed": gettext_lazy("Not all holders of the account agreed in time"),
    "breach_announcement": gettext_lazy("A data breach: words to customers wait for a second officer"),
    "breach_due": gettext_lazy("A data breach: the authority has not been told"),
    "breach_recorded": gettext_lazy("A data breach: 72 hours to tell the authority"),
    "breach_told": gettext_lazy("A data breach concerns the customer"),
    "bypass_found": gettext_lazy("A sign that staff went round a customer"),
    "caller_code": gettext_lazy("The code for an answer by telephone"),
    "choice_expired": gettext_lazy("Consent has expired"),
    "choice_invalidated": gettext_lazy("Consent is no longer valid"),
    "choice_outdated": gettext_lazy("A text the customer agreed to has changed"),
    "choice_retired": gettext_lazy("A purpose the customer agreed to has ended"),
    "choice_reworded": gettext_lazy("Clearer wording; the answer still applies"),
    "choices_digest": gettext_lazy("Time to review the choices"),
    "claim_code_approved": gettext_lazy("Someone is getting a code to act for the customer"),
    "customer_erased": gettext_lazy("The record has been erased"),
    "exemption_decided": gettext_lazy("News of an exemption"),
    "exemption_filed": gettext_lazy("An exemption waits for a privacy officer"),
    "exemption_opened": gettext_lazy("Access without the customer’s permission"),
    "exemption_unchecked": gettext_lazy("No one checked an emergency in time"),
    "exemption_unconfirmed": gettext_lazy("Access in an emergency that no one confirmed"),
    "look_report_decided": gettext_lazy("The answer to a report of a look"),
    "look_reported": gettext_lazy("A customer reported a look"),
    "look_report_settled": gettext_lazy("The decision about a reported look, for the member of staff who looked"),
    "looks_allowed": gettext_lazy("Someone looked at the customer’s data"),
    "looks_exempted": gettext_lazy("Someone looked without the customer’s permission"),
    "looks_refused": gettext_lazy("Someone tried to look and was refused"),
    "mark_lift_announced": gettext_lazy("The customer’s data will be used again"),
    "proposed_request_over": gettext_lazy("A request no longer waits for the manager"),
    "rights_address_code": gettext_lazy("A code for a privacy request"),
    "rights_code": gettext_lazy("A code for a privacy request"),
    "rights_request": gettext_lazy("News of a privacy request"),
    "rights_request_answered": gettext_lazy("A privacy request has been answered"),
    "rights_request_code": gettext_lazy("A copy of the data is ready, with its code"),
    "rights_request_code_given": gettext_lazy("A code for a copy of the data was given out"),
    "rights_request_collected": gettext_lazy("A copy of the data was downloaded"),
    "rights_request_decided": gettext_lazy("A privacy request was reviewed again"),
    "rights_request_extended": gettext_lazy("A privacy request takes longer"),
    "rights_request_filed": gettext_lazy("A privacy request has arrived"),
    "rights_request_law_chosen": gettext_lazy("A privacy request is answered under another law"),
    "rights_request_package": gettext_lazy("A copy of the data is ready"),
    "rights_request_question": gettext_lazy("A question about a privacy request"),
    "rights_request_question_code": gettext_lazy("A question about a privacy request"),
    "rights_request_replied": gettext_lazy("The customer answered a question about a privacy request"),
    "rights_request_typed_in": gettext_lazy("Something was recorded in the customer’s name"),
    "rights_request_withdrawn": gettext_lazy("A privacy request was closed"),
    "staff_invited": gettext_lazy("An invitation to the portal"),
    "staff_place_changed": gettext_lazy("A place in the portal has changed"),
    "training_lapses": gettext_lazy("Training runs out soon"),
    "work_began": gettext_lazy("Something begins to wait for an officer"),
    "work_of_the_day": pgettext_lazy("kind of email", "What waits today"),
}


def describe_kind(kind: str) -> str:
    """Say what an email of this kind is about; one that an older portal queued is told by its name."""
    return str(KIND_WORDS.get(kind) or kind.replace("_", " ").capitalize())


class StaffEmailsForm(forms.Form):
    told = RadioField(
        label=gettext_lazy("When should we email you about your work?"),
        choices=StaffPreference.Told.choices,
        error_messages=dict.fromkeys(("required", "invalid_choice"), gettext_lazy("Choose how we email you.")),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def show_own_emails(request: StaffRequest) -> HttpResponse:
    member = request.user.staff_member
    if request.method != "POST":
        return render_own_emails(request, StaffEmailsForm(initial={"told": selectors.get_staff_preference(member.pk)}))
    form = StaffEmailsForm(request.POST)
    if not form.is_valid():
        return render_own_emails(request, form, status=422)
    told = StaffPreference.Told(form.cleaned_data["told"])
    run_once(request, lambda by: choosing.choose_staff_emails(member=member, told=told, by=by))
    messages.success(request, _("Saved."))
    return redirect("admin:notifications_own")


def render_own_emails(request: HttpRequest, form: StaffEmailsForm, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = admin.site.each_context(request) | {"title": _("Emails to you"), "form": form}
    return render(request, "admin/notifications/own.html", context, status=status)
