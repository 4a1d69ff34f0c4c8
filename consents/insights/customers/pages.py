"""List what the company promises, in plain words, each with the way to check it without trusting anybody here."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse_lazy
from django.utils import translation
from django.utils.dateformat import format as date_format
from django.utils.functional import Promise as Words
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from consents.access.models import Answer
from consents.core import clock
from consents.core.charts import format_number
from consents.core.durations import describe_duration
from consents.insights import selectors
from consents.insights.patterns import Figure, find_month_bounds
from consents.insights.selectors import PublishedMonth


@login_not_required
@require_safe
def show_trust(request: HttpRequest) -> HttpResponse:
    """Show the promises and the published numbers, in one query whatever the portal has seen."""
    months = selectors.list_published_months(clock.now())
    context = {
        "newest": build_month(months[0]) if months else None,
        "earlier": [build_month(month) for month in months[1:]],
        "promises": PROMISES,
    }
    return render(request, "insights/trust.html", context)


@login_not_required
@require_safe
@cache_control(public=True, max_age=300)
def show_trust_data(request: HttpRequest) -> HttpResponse:
    """Show the same for programs, in the same language for everybody: caches keep it."""
    months = selectors.list_published_months(clock.now())
    with translation.override(settings.LANGUAGE_CODE):
        return JsonResponse(build_trust_data(months))


# Put the published numbers into words: a hidden number says that it is hidden, never that it is zero.

FORMAT = "consent-trust/1"
# In the order in which things happen.
NAMES = {
    Figure.ASKED: gettext_lazy("Requests to see a customer’s data"),
    Figure.ALLOWED: gettext_lazy("Allowed in full"),
    Figure.PARTLY: pgettext_lazy("requests", "Allowed in part"),
    Figure.DENIED: pgettext_lazy("requests", "Refused"),
    Figure.UNANSWERED: gettext_lazy("Not answered, so refused"),
    Figure.LOOKS: gettext_lazy("Looks at data"),
    Figure.EXEMPTIONS: gettext_lazy("Access without an answer, in an emergency or because a law demands it"),
    Figure.OPENED_AFTER_NO: gettext_lazy("Of these, within 30 days of a customer’s no"),
    Figure.REFUSED_TRIES: gettext_lazy("Tries to look that were refused"),
}
IN_TABLE = (Figure.ASKED, Figure.ALLOWED, Figure.PARTLY, Figure.DENIED, Figure.UNANSWERED, Figure.LOOKS)


class NumberLine(NamedTuple):
    name: str
    number: str
    is_hidden: bool


def build_month(month: PublishedMonth) -> dict[str, Any]:
    lines = [
        NumberLine(str(name), describe_number(number), number is None)
        for figure, name in NAMES.items()
        for number in [month.figures.get(figure)]
    ]
    time = NumberLine(_("Half of the answers came within"), describe_answer_time(month), month.answer_minutes is None)
    return {
        "name": date_format(find_month_bounds(month.month)[0], pgettext("month format", "F Y")),
        "lines": [*lines[:5], time, *lines[5:]],
        "cells": [line for figure, line in zip(NAMES, lines, strict=True) if figure in IN_TABLE],
        "minimum": month.minimum,
        "has_hidden": time.is_hidden or any(line.is_hidden for line in lines),
        "entry": month.entry,
        "published_at": month.published_at,
    }


def describe_number(number: int | None) -> str:
    return _("not shown") if number is None else format_number(number)


def describe_answer_time(month: PublishedMonth) -> str:
    if month.answer_minutes is None:
        return _("not shown")
    return describe_duration(timedelta(minutes=month.answer_minutes))


def build_trust_data(months: Iterable[PublishedMonth]) -> dict[str, Any]:
    """Build the page for programs. A number of null is hidden; the entry is the line of the ledger that holds it."""
    return {
        "format": FORMAT,
        "company": settings.PORTAL_COMPANY,
        "months": [
            {
                "month": month.month,
                "minimum": month.minimum,
                "figures": month.figures,
                "answer_minutes": month.answer_minutes,
                "entry": month.entry,
            }
            for month in months
        ],
        "promises": [promise.as_data() for promise in PROMISES],
        "refusal": build_refusal_record(),
    }


# Of an answer, what is not about the answer: whose it is, and the token that makes a form count once.
OF_THE_FORM = {"access_request", "customer", "token"}


@dataclass(frozen=True)
class Promise:
    """`links`: where it can be checked, with the words of each. `command`: what checks it offline."""

    code: str
    title: Words
    words: Words
    check: Words
    links: list[tuple[Words, Words]] = field(default_factory=list)
    command: str = ""

    def as_data(self) -> dict[str, Any]:
        addresses = [f"{settings.PORTAL_URL}{address}" for address, _words in self.links]
        return {"code": self.code, "title": self.title, "words": self.words, "check": self.check, "links": addresses}


PROMISES = [
    Promise(
        "no-answer-is-a-no",
        gettext_lazy("No answer is a no"),
        gettext_lazy(
            "Only the customer, or someone who acts for them on record, can turn a request into access. We send one"
            " reminder, and only if the customer wants it."
        ),
        gettext_lazy(
            "Customers see each request, how it ended and who answered it. The numbers on this page count the requests"
            " that nobody answered."
        ),
        [(reverse_lazy("home"), gettext_lazy("Your requests"))],
    ),
    Promise(
        "no-penalty",
        gettext_lazy("Saying no costs nothing"),
        gettext_lazy(
            "A no changes neither prices nor service. We record that it was a no, when it was said, by whom and to"
            " which text. We ask for no reason. Staff have nothing to tick or to enter about a customer who said no,"
            " and can only ask again after a waiting time."
        ),
        gettext_lazy(
            "A list of everything we record of an answer is published for programs, and each customer finds it in"
            " the copy of their data. Of every access without an answer we count how often it followed a no."
        ),
        [
            (reverse_lazy("trust_data"), gettext_lazy("What is recorded of an answer")),
            (reverse_lazy("rights:list"), gettext_lazy("A copy of your data")),
        ],
    ),
    Promise(
        "no-means-no-at-once",
        gettext_lazy("A no counts at once"),
        gettext_lazy(
            "Once we have confirmed a refusal, a withdrawal or a stop, nothing that begins later gets any data."
        ),
        gettext_lazy(
            "Every five minutes a made-up customer gives and withdraws consent through these pages. If data could"
            " still be used afterwards, our officers are alerted, and the state of the portal says “broken”."
        ),
        [(reverse_lazy("readyz"), gettext_lazy("State of the portal"))],
    ),
    Promise(
        "looks-are-on-record",
        gettext_lazy("Every look is on record before it happens"),
        gettext_lazy(
            "Data opens only to an entry that already stands in the record, with the name of the person who looks"
            " and what allows it. A refused try is recorded too."
        ),
        gettext_lazy(
            "Customers see each look and each refused try under “Who looked”. Emails tell them as often as they like."
        ),
        [(reverse_lazy("disclosures:activity"), gettext_lazy("Who looked"))],
    ),
    Promise(
        "history-is-not-edited",
        gettext_lazy("No one can change the record unnoticed"),
        gettext_lazy(
            "Each entry holds the fingerprint of the one before it. We sign the state of the whole record again and"
            " again and publish it with our key."
        ),
        gettext_lazy(
            "Save the published state today. Later ask for the proof that the newest state continues yours, and"
            " check it on your own computer: it needs neither us nor our network."
        ),
        [(reverse_lazy("ledger"), gettext_lazy("State of the record, and its key"))],
        "manage.py verify_consistency proof.json --key ledger.pem --older checkpoint.txt",
    ),
    Promise(
        "receipts",
        gettext_lazy("You can prove what you decided"),
        gettext_lazy("For every decision about consent there is a signed receipt, which a customer keeps."),
        gettext_lazy("Anyone can check a receipt here or with our public keys, without an account."),
        [
            (reverse_lazy("verify_receipt"), gettext_lazy("Check a receipt")),
            (reverse_lazy("jwks"), gettext_lazy("Our public keys")),
        ],
        "manage.py verify_receipt receipt.jws --key jwks.json",
    ),
    Promise(
        "without-an-answer",
        gettext_lazy("Without an answer, it takes a legal ground and two people"),
        gettext_lazy(
            "Only an emergency or a legal duty opens data without an answer, and a privacy officer who did not ask"
            " decides. The customer is told at once, or as soon as the law allows."
        ),
        gettext_lazy(
            "Such access is counted on this page in the month in which the customer was told. Customers read the"
            " ground, who asked and who decided."
        ),
    ),
    Promise(
        "no-small-numbers",
        gettext_lazy("Our numbers point to no one"),
        gettext_lazy(
            "We publish a month once, when it is over, and no number with only a few people behind it. A number from"
            " which such a small one could be worked out is not shown either."
        ),
        gettext_lazy(
            "The database refuses to publish a smaller number or a month twice. Each month is an entry of the"
            " record, so it cannot be changed afterwards."
        ),
        [(reverse_lazy("trust_data"), gettext_lazy("The numbers for programs"))],
    ),
]


def build_refusal_record() -> dict[str, Any]:
    """List what is recorded of an answer, whatever it was, and what staff have to enter about a no: nothing."""
    recorded = sorted(column.name for column in Answer._meta.concrete_fields if column.name not in OF_THE_FORM)
    return {"recorded_of_an_answer": recorded, "asked_of_staff": [], "asked_of_the_customer": ["decision"]}
