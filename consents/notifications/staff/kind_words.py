"""Say what an email is about, for the list of those that did not arrive: never by its subject, which may name a team
or a request."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# By kind, which is the stem of the email's templates, or what is sealed whole.
KIND_WORDS = {
    "access_ended": _("Access has ended"),
    "access_request_answered": _("An access request was answered, or its time ran out"),
    "access_request_filed": _("Somebody asks to see the customer’s data"),
    "access_request_question": _("A question from the customer before the answer"),
    "access_request_question_answered": _("The answer to the customer’s question"),
    "access_request_reminder": _("A reminder that an access request waits"),
    "account": _("An email for signing in, or about the account"),
    "act_confirmed": _("Confirmation of what was changed"),
    "acting_began": _("Someone new can act for the customer"),
    "acting_ended": _("Someone can no longer act for the customer"),
    "alarm": _("The portal needs attention"),
    "breach_announcement": _("A data breach: words to customers wait for a second officer"),
    "breach_due": _("A data breach: the authority has not been told"),
    "breach_recorded": _("A data breach: 72 hours to tell the authority"),
    "breach_told": _("A data breach concerns the customer"),
    "bypass_found": _("A sign that staff went round a customer"),
    "caller_code": _("The code for an answer by telephone"),
    "choice_expired": _("Consent has expired"),
    "choice_invalidated": _("Consent is no longer valid"),
    "choice_outdated": _("A text the customer agreed to has changed"),
    "choice_retired": _("A purpose the customer agreed to has ended"),
    "choice_reworded": _("Clearer wording; the answer still applies"),
    "choices_digest": _("Time to review the choices"),
    "claim_code_approved": _("Someone is getting a code to act for the customer"),
    "customer_erased": _("The record has been erased"),
    "exemption_decided": _("News of an exemption"),
    "exemption_filed": _("An exemption waits for a privacy officer"),
    "exemption_opened": _("Access without the customer’s permission"),
    "exemption_unchecked": _("No one checked an emergency in time"),
    "exemption_unconfirmed": _("Access in an emergency that no one confirmed"),
    "look_report_decided": _("The answer to a report of a look"),
    "look_reported": _("A customer reported a look"),
    "look_report_settled": _("The decision about a reported look, for the member of staff who looked"),
    "looks_allowed": _("Someone looked at the customer’s data"),
    "looks_exempted": _("Someone looked without the customer’s permission"),
    "looks_refused": _("Someone tried to look and was refused"),
    "mark_lift_announced": _("The customer’s data will be used again"),
    "proposed_request_over": _("A request no longer waits for the manager"),
    "rights_address_code": _("A code for a privacy request"),
    "rights_code": _("A code for a privacy request"),
    "rights_request": _("News of a privacy request"),
    "rights_request_answered": _("A privacy request has been answered"),
    "rights_request_code": _("A copy of the data is ready, with its code"),
    "rights_request_code_given": _("A code for a copy of the data was given out"),
    "rights_request_collected": _("A copy of the data was downloaded"),
    "rights_request_decided": _("A privacy request was reviewed again"),
    "rights_request_extended": _("A privacy request takes longer"),
    "rights_request_filed": _("A privacy request has arrived"),
    "rights_request_law_chosen": _("A privacy request is answered under another law"),
    "rights_request_package": _("A copy of the data is ready"),
    "rights_request_question": _("A question about a privacy request"),
    "rights_request_question_code": _("A question about a privacy request"),
    "rights_request_replied": _("The customer answered a question about a privacy request"),
    "rights_request_typed_in": _("Something was recorded in the customer’s name"),
    "rights_request_withdrawn": _("A privacy request was closed"),
    "staff_invited": _("An invitation to the portal"),
    "staff_place_changed": _("A place in the portal has changed"),
    "training_lapses": _("Training runs out soon"),
    "work_began": _("Something begins to wait for an officer"),
    "work_of_the_day": pgettext_lazy("kind of email", "What waits today"),
}


def describe_kind(kind: str) -> str:
    """Say what an email of this kind is about; one that an older portal queued is told by its name."""
    return str(KIND_WORDS.get(kind) or kind.replace("_", " ").capitalize())
