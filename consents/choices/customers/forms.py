"""The answer to a purpose: what was pressed, and what the page showed."""

from typing import Any
from uuid import UUID

from django import forms
from django.core import signing

from consents.choices.selectors import Standing
from consents.people.visitors import CustomerRequest

SECOND_STEP_WITHIN = 3600
SALT = "choices.first_step"


class DisplayedTextForm(forms.Form):
    """Carry the displayed text: its `version` and `language`."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**62)
    language = forms.CharField(widget=forms.HiddenInput, max_length=10, required=False)

    @property
    def words(self) -> tuple[int | None, str]:
        """Return version and language as far as they can be read: a no is never refused for lack of them."""
        self.full_clean()
        return self.cleaned_data.get("version"), self.cleaned_data.get("language", "")


class ConsentForm(DisplayedTextForm):
    """Carry the answer. `since`: that of the choice to renew. `step`: proof of the first step."""

    since = forms.DateTimeField(widget=forms.HiddenInput, required=False)
    step = forms.CharField(widget=forms.HiddenInput, max_length=300, required=False)
    answer = forms.ChoiceField(widget=forms.HiddenInput, choices=[("given", ""), ("refused", ""), ("later", "")])

    def __init__(self, data: Any = None, *, standing: Standing, step: str = "") -> None:
        self.standing = standing
        super().__init__(data, initial=get_displayed_values(standing) | {"step": step})

    @property
    def sent_along(self) -> dict[str, Any]:
        """Return the hidden values of either button as they are now, never stale ones."""
        return {name: value for name, value in self.initial.items() if value}

    @property
    def is_damaged(self) -> bool:
        """Tell whether the hidden values did not come back intact."""
        return bool(set(self.errors) - {"answer"})

    @property
    def is_of_text_in_force(self) -> bool:
        """Tell whether the person answered the text in force: no one confirms a text they have not read."""
        return bool(self.cleaned_data["version"] == self.standing.version.pk)

    @property
    def asks_second_step(self) -> bool:
        return self.cleaned_data["answer"] == "given" and self.standing.needs_second_step


def get_displayed_values(standing: Standing) -> dict[str, Any]:
    since = standing.choice.since.isoformat() if standing.choice and standing.can_renew else ""
    return {"version": standing.version.pk, "language": standing.version.notice.language, "since": since}


def sign_first_step(customer: UUID, version: int) -> str:
    """Sign that this customer pressed "I agree" on this version's page."""
    return signing.dumps([str(customer), version], salt=SALT)


def is_second_step(request: CustomerRequest, standing: Standing) -> bool:
    """Tell whether this customer took the first step for this version within the hour."""
    customer = request.visitor.customer.pk
    try:
        taken = signing.loads(request.POST.get("step", ""), salt=SALT, max_age=SECOND_STEP_WITHIN)
    except signing.BadSignature:
        return False
    return bool(taken == [str(customer), standing.version.pk])
