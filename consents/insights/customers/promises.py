"""List what the company promises, in plain words, each with the way to check it without trusting anybody here."""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.urls import reverse_lazy
from django.utils.functional import Promise as Words
from django.utils.translation import gettext_lazy as _

from consents.access.models import Answer

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
        _("No answer is a no"),
        _(
            "Only the customer, or someone who acts for them on record, can turn a request into access. We send one"
            " reminder, and only if the customer wants it."
        ),
        _(
            "Customers see each request, how it ended and who answered it. The numbers on this page count the requests"
            " that nobody answered."
        ),
        [(reverse_lazy("home"), _("Your requests"))],
    ),
    Promise(
        "no-penalty",
        _("Saying no costs nothing"),
        _(
            "A no changes neither prices nor service. We record that it was a no, when it was said, by whom and to"
            " which text. We ask for no reason. Staff have nothing to tick or to enter about a customer who said no,"
            " and can only ask again after a waiting time."
        ),
        _(
            "A list of everything we record of an answer is published for programs, and each customer finds it in"
            " the copy of their data. Of every access without an answer we count how often it followed a no."
        ),
        [
            (reverse_lazy("trust_data"), _("What is recorded of an answer")),
            (reverse_lazy("rights:list"), _("A copy of your data")),
        ],
    ),
    Promise(
        "no-means-no-at-once",
        _("A no counts at once"),
        _("Once we have confirmed a refusal, a withdrawal or a stop, nothing that begins later gets any data."),
        _(
            "Every five minutes a made-up customer gives and withdraws consent through these pages. If data could"
            " still be used afterwards, our officers are alerted, and the state of the portal says “broken”."
        ),
        [(reverse_lazy("readyz"), _("State of the portal"))],
    ),
    Promise(
        "looks-are-on-record",
        _("Every look is on record before it happens"),
        _(
            "Data opens only to an entry that already stands in the record, with the name of the person who looks"
            " and what allows it. A refused try is recorded too."
        ),
        _("Customers see each look and each refused try under “Who looked”. Emails tell them as often as they like."),
        [(reverse_lazy("disclosures:activity"), _("Who looked"))],
    ),
    Promise(
        "history-is-not-edited",
        _("No one can change the record unnoticed"),
        _(
            "Each entry holds the fingerprint of the one before it. We sign the state of the whole record again and"
            " again and publish it with our key."
        ),
        _(
            "Save the published state today. Later ask for the proof that the newest state continues yours, and"
            " check it on your own computer: it needs neither us nor our network."
        ),
        [(reverse_lazy("ledger"), _("State of the record, and its key"))],
        "manage.py verify_consistency proof.json --key ledger.pem --older checkpoint.txt",
    ),
    Promise(
        "receipts",
        _("You can prove what you decided"),
        _("For every decision about consent there is a signed receipt, which a customer keeps."),
        _("Anyone can check a receipt here or with our public keys, without an account."),
        [(reverse_lazy("verify_receipt"), _("Check a receipt")), (reverse_lazy("jwks"), _("Our public keys"))],
        "manage.py verify_receipt receipt.jws --key jwks.json",
    ),
    Promise(
        "without-an-answer",
        _("Without an answer, it takes a legal ground and two people"),
        _(
            "Only an emergency or a legal duty opens data without an answer, and a privacy officer who did not ask"
            " decides. The customer is told at once, or as soon as the law allows."
        ),
        _(
            "Such access is counted on this page in the month in which the customer was told. Customers read the"
            " ground, who asked and who decided."
        ),
    ),
    Promise(
        "no-small-numbers",
        _("Our numbers point to no one"),
        _(
            "We publish a month once, when it is over, and no number with only a few people behind it. A number from"
            " which such a small one could be worked out is not shown either."
        ),
        _(
            "The database refuses to publish a smaller number or a month twice. Each month is an entry of the"
            " record, so it cannot be changed afterwards."
        ),
        [(reverse_lazy("trust_data"), _("The numbers for programs"))],
    ),
]


def build_refusal_record() -> dict[str, Any]:
    """List what is recorded of an answer, whatever it was, and what staff have to enter about a no: nothing."""
    recorded = sorted(column.name for column in Answer._meta.concrete_fields if column.name not in OF_THE_FORM)
    return {"recorded_of_an_answer": recorded, "asked_of_staff": [], "asked_of_the_customer": ["decision"]}
