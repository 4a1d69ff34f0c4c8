"""The customer's answer: its shape. What it does is decided by services."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from consents.access.models import AccessRequest
from consents.access.presenting import categories_of
from consents.access.rules import Decision
from consents.access.services.answering import Reply
from consents.core.durations import in_words, up_to
from consents.core.interface import interface_of


class AnswerForm(forms.Form):
    """Nothing is selected beforehand. `digest` is that of the request as this page shows it."""

    decision = forms.ChoiceField(widget=forms.RadioSelect)
    categories = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, required=False)
    duration = forms.ChoiceField(required=False)
    message = forms.CharField(required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, access_request: AccessRequest, *args: Any, digest: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access_request = access_request
        self.asked = categories_of(access_request)
        self.label_fields()
        self.fields["digest"].initial = digest
        self.fields["token"].initial = uuid4()
        lengths = [(int(step.total_seconds()), in_words(step)) for step in up_to(access_request.duration)]
        self.fields["duration"].choices = lengths  # type: ignore[attr-defined]
        self.fields["duration"].initial = lengths[-1][0]
        self.fields["categories"].choices = [(c.pk, self.title(c)) for c in self.asked]  # type: ignore[attr-defined]

    def label_fields(self) -> None:
        """With a single category there is no part of it to allow but a shorter time: two answers are enough."""
        whole, part, none = _("Allow everything listed"), _("Allow part of it"), _("Do not allow")
        choices = [(Decision.ALL.value, whole), (Decision.PART.value, part), (Decision.NONE.value, none)]
        if len(self.asked) == 1:
            choices[0] = (Decision.ALL.value, _("Allow"))
            choices[1] = (Decision.PART.value, _("Allow for a shorter time"))
        decision = self.fields["decision"]
        decision.choices = choices  # type: ignore[attr-defined]
        decision.error_messages["required"] = _("Choose what %(who)s can see, or choose Do not allow.") % {
            "who": self.access_request.asked_as
        }

    def title(self, category: Any) -> str:
        return _("%(category)s (sensitive)") % {"category": category.title} if category.sensitive else category.title

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("decision") != Decision.PART:
            return cleaned
        if len(self.asked) == 1:
            cleaned["categories"] = [str(self.asked[0].pk)]
        if not cleaned.get("categories") and "categories" not in self.errors:
            self.add_error("categories", _("Choose at least one kind of data, or choose Do not allow."))
        if not cleaned.get("duration") and "duration" not in self.errors:
            self.add_error("duration", _("Choose for how long."))
        return cleaned

    @property
    def is_yes(self) -> bool:
        return self.cleaned_data["decision"] != Decision.NONE

    def reply(self) -> Reply:
        cleaned = self.cleaned_data
        return Reply(
            decision=Decision(cleaned["decision"]),
            digest=cleaned["digest"],
            token=cleaned["token"],
            categories=frozenset(int(category) for category in cleaned["categories"]),
            duration=timedelta(seconds=int(cleaned["duration"] or 0)),
            message=cleaned["message"] if not self.is_yes else "",
            language=get_language() or "",
            interface=interface_of("access/request.html", "access/check.html"),
        )

    def allowed(self) -> tuple[list[str], list[str], timedelta]:
        """(what they will see, what not, how long) as the check page says it."""
        cleaned = self.cleaned_data
        if cleaned["decision"] == Decision.ALL:
            return [c.title for c in self.asked], [], self.access_request.duration
        chosen = {int(category) for category in cleaned["categories"]}
        yes = [c.title for c in self.asked if c.pk in chosen]
        no = [c.title for c in self.asked if c.pk not in chosen]
        return yes, no, timedelta(seconds=int(cleaned["duration"]))
