"""Show what pages are built of, each piece in each state, light beside dark, for whoever adds a page or a colour.

Made up, and the same every day; nothing here is read from the database.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from consents.core.fields import CheckboxesField, RadioField
from consents.disclosures.customers.look_table import build_look_chart
from consents.ops.demo import company
from consents.people.found_customers import AddressField


@login_not_required
@require_safe
def show_mails(request: HttpRequest) -> HttpResponse:
    return render(request, "demo/mails.html", {"mails": company.list_newest_mail()})


@login_not_required
@require_safe
def show_mail(request: HttpRequest, name: str) -> HttpResponse:
    found = company.find_mail(name)
    if found is None:
        raise Http404
    return render(request, "demo/mail.html", {"mail": found})


@login_not_required
@require_safe
def show_gallery(request: HttpRequest) -> HttpResponse:
    return render(request, "demo/gallery.html", build_gallery())


ANSWER_BY = datetime(2026, 3, 12, 16, tzinfo=UTC)
ASKED = {
    "id": UUID(int=1),
    "who_short": "Sam Okafor",
    "face": {"initials": "SO", "tint": 2},
    "categories": ["Orders", "Contact details"],
    "what_for": "Answer your questions",
    "why_now": "You called us",
    "sentence": "You asked why your last order came without the lamp.",
    "sensitive_reason": "",
    "case_number": "CASE-4711",
    "answer_by": ANSWER_BY,
    "left": "in 2 days",
}
# Every state that components/status.html knows a look for, with the word that customers read.
STATES = [
    ("pending", "Waiting for you"),
    ("approved", "Allowed"),
    ("partly_approved", "Partly allowed"),
    ("denied", "Not allowed"),
    ("expired", "Not answered in time"),
    ("stopped", "Stopped by you"),
    ("without_asking", "Runs without asking"),
    ("exemption", "Court order"),
]
COLOURS = ("ground", "paper", "wash", "brand", "wait", "yes", "no", "stop")
ICONS = ("eye", "eye-slash", "key", "bell", "hand-raised", "document-text", "check-circle", "exclamation-triangle")


class ExampleForm(forms.Form):
    name = forms.CharField(label="Your name", help_text="As it stands on your contract.")
    email = AddressField(label="Email address")
    day = forms.DateField(label="Since when", widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    team = forms.ChoiceField(label="Team", choices=[("support", "Support"), ("billing", "Billing")])
    answer = RadioField(
        label="Your answer",
        choices=[("all", "Allow all of it"), ("part", "Allow a part"), ("none", "Do not allow")],
    )
    parts = CheckboxesField(
        label="What they may see",
        choices=[("orders", "Orders"), ("contact", "Contact details")],
        required=False,
    )
    is_read = forms.BooleanField(label="I have read it")


def build_schemes() -> list[dict[str, Any]]:
    """Build everything once in light and once in dark; ids differ, so that both stand on one page."""
    looks = build_look_chart([(date(2025, month, 1), month * month % 11) for month in range(1, 13)])
    return [
        {
            "name": name,
            "form": ExampleForm(prefix=name),
            "form_with_errors": ExampleForm({f"{name}-wrong-email": "ada at example"}, prefix=f"{name}-wrong"),
            "asked": ASKED | {"id": UUID(int=number)},
            "chart": looks and replace(looks, key=f"looks-{name}"),
        }
        for number, name in enumerate(("light", "dark"), start=1)
    ]


def build_gallery() -> dict[str, Any]:
    return {
        "schemes": build_schemes(),
        "colours": COLOURS,
        "states": STATES,
        "icons": ICONS,
        "events": [
            {"at": ANSWER_BY - timedelta(days=2), "text": "Sam Okafor asked"},
            {"at": ANSWER_BY - timedelta(days=1), "text": "You allowed a part", "proof": "#proof"},
        ],
        "codes": ["k3f9-20ab", "m7q2-91cd", "p5x8-64ef"],
        "facts": [("Reference", "AR-2041"), ("Law", "GDPR, Article 15"), ("Runs until", "12 March 2026")],
    }
