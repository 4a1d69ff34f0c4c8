"""The customer's home page tells of what waits for them: an officer's question, and a request to be confirmed."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from consents.rights import confirmations
from consents.rights.models import Clarification, RightsRequest
from consents.rights.rules.answers import State

MOST_SHOWN = 5
UNREPLIED = "unreplied_questions"
UNCONFIRMED = "unconfirmed_requests"


def select_unreplied_questions(customer: Any) -> QuerySet[Clarification]:
    questions = Clarification.objects.filter(rights_request__customer=customer, reply=None)
    unreplied = questions.exclude(rights_request__state=State.ANSWERED).select_related("rights_request")
    return unreplied.order_by("-id")[:MOST_SHOWN]


def select_unconfirmed_requests(customer: Any) -> QuerySet[RightsRequest]:
    """Select the requests that were made here and wait until it is confirmed who made them."""
    unconfirmed = RightsRequest.objects.filter(confirmations.UNCONFIRMED, customer=customer)
    return unconfirmed.exclude(state=State.ANSWERED).order_by("-received_at", "pk")[:MOST_SHOWN]


def list_open_questions(*, beside: Mapping[str, list[Any]], **_kwargs: Any) -> list[dict[str, str]]:
    """List what waits for the customer's reply, by signal, for the home page, which has read it: of each request the
    newest question, which is the one its page shows.
    """
    newest = {question.rights_request_id: question for question in reversed(beside[UNREPLIED])}
    return [
        {
            "title": _("We have a question for you"),
            "text": _("It is about your privacy request %(number)s.") % {"number": question.rights_request.number},
            "url": reverse("rights:reply", args=[question.rights_request.number, question.pk]),
            "link": _("Read and answer it"),
            "tone": "wait",
        }
        for question in newest.values()
    ]


def list_unconfirmed_requests(*, beside: Mapping[str, list[Any]], reader: str, **_kwargs: Any) -> list[dict[str, str]]:
    """List what cannot begin before it is confirmed, by signal, like `list_open_questions`. Only who asked can."""
    requesters = confirmations.find_requesters(beside[UNCONFIRMED])
    return [
        {
            "title": _("One step is left"),
            "text": words % {"number": rights_request.number},
            "url": reverse("rights:sent", args=[rights_request.number]),
            "link": link % {"number": rights_request.number},
            "tone": "wait",
        }
        for rights_request in beside[UNCONFIRMED]
        for words, link in [get_words_to_confirm(is_readers=requesters.get(rights_request.pk) == reader)]
    ]


def get_words_to_confirm(*, is_readers: bool) -> tuple[str, str]:
    """Return the sentence and the link, in which `number` is to be filled in."""
    if is_readers:
        return (
            _("We cannot start on the privacy request %(number)s before you have confirmed that it was you who asked."),
            _("Confirm request %(number)s"),
        )
    return (
        _("We cannot start on the privacy request %(number)s before the person who asked has confirmed it."),
        _("See request %(number)s"),
    )
