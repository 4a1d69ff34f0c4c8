"""The customer's home page tells of an officer's question that waits for a reply."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from consents.rights.models import Clarification
from consents.rights.rules.answers import State

UNREPLIED = "unreplied_questions"


def select_unreplied_questions(customer: Any) -> QuerySet[Clarification]:
    questions = Clarification.objects.filter(rights_request__customer=customer, reply=None)
    return questions.exclude(rights_request__state=State.ANSWERED).select_related("rights_request").order_by("-id")


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
