"""The form to ask for access. The services decide what may be asked."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.forms.boundfield import BoundWidget
from django.utils.translation import gettext_lazy as _

from consents.access.models import Reason
from consents.access.rules import MAX_ANSWER_TIME, MAX_SENTENCE_LENGTH, MIN_ACCESS_TIME
from consents.access.services.asking import NewRequest
from consents.catalogue import selectors as catalogue
from consents.catalogue.models import Category, PurposeVersion
from consents.core.durations import describe_duration, list_durations_up_to
from consents.core.fields import CheckboxesField, SeenText
from consents.core.forms import get_choice_field
from consents.people.found_customers import verify_found_customer
from consents.people.models import User

ANSWER_TIMES = [timedelta(hours=1), timedelta(hours=4), timedelta(days=1), timedelta(days=3), timedelta(days=7)]
ANSWER_TIMES += [timedelta(days=14), MAX_ANSWER_TIME]


class AccessRequestForm(forms.Form):
    """Ask for access, with nothing preselected. Kinds of data and times follow the purpose."""

    found = forms.CharField(widget=forms.HiddenInput, max_length=400)
    token = forms.UUIDField(widget=forms.HiddenInput)
    purpose = forms.ChoiceField(
        label=_("What for"),
        error_messages={
            "required": _("Choose what the data is for."),
            "invalid_choice": _("This can no longer be asked for, or not by your team. Choose again."),
        },
    )
    categories = CheckboxesField(
        label=_("Which data"),
        help_text=_("Least sensitive first. Choose only what you need: less is allowed more often."),
        error_messages={"required": _("Choose at least one kind of data.")},
    )
    sensitive_reason = SeenText(
        label=_("Why you need sensitive data"),
        required=False,
        max_length=MAX_SENTENCE_LENGTH,
        help_text=_("Only when you chose sensitive data. The customer will read this."),
    )
    reason = forms.ChoiceField(
        label=_("Why now"),
        choices=[("", _("Choose")), *Reason.choices],
        error_messages={"required": _("Choose a reason.")},
    )
    sentence = SeenText(
        label=_("In one plain sentence"),
        max_length=MAX_SENTENCE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The customer will read this. At most 200 letters; write as you would speak."),
        error_messages={"required": _("Say in one sentence why you need this.")},
    )
    case_number = SeenText(
        label=_("Case number"), required=False, max_length=40, help_text=_("The customer will read this too.")
    )
    duration = forms.ChoiceField(label=_("Access for"), help_text=_("Starts when the customer allows it."))
    answer_within = forms.ChoiceField(label=_("The customer answers within"))

    def __init__(self, member: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        askable, team = catalogue.select_askable().prefetch_related("categories"), member.staff_member.team
        self.versions = [version for version in askable if version.purpose.is_for_team(team)]
        self.fields["token"].initial = uuid4()
        named = ((version.pk, version.name) for version in self.versions)
        get_choice_field(self, "purpose").choices = [("", _("Choose")), *named]
        self.version = self.find_chosen_version()
        self.offer_scope()

    def find_chosen_version(self) -> PurposeVersion | None:
        chosen = str(self["purpose"].value() or "")
        return next((version for version in self.versions if str(version.pk) == chosen), None)

    @property
    def needs_agreement(self) -> bool:
        """Tell whether the requester's manager must agree before the customer is asked."""
        return self.version is not None and self.version.needs_agreement

    @property
    def offers_sensitive(self) -> bool:
        return any(category.sensitive for category in self.offered)

    def offer_scope(self) -> None:
        """Offer the kinds of data and times of the chosen purpose; none before one is chosen."""
        version = self.version
        self.offered: list[Category] = []
        if version is None:
            # They are not on the page, so nothing is said of them either: the purpose is asked for first.
            for name in ("categories", "duration", "answer_within"):
                self.fields[name].required = False
            return
        self.offered = [category for category in version.categories.all() if category.published]
        get_choice_field(self, "categories").choices = [(category.pk, category.title) for category in self.offered]
        purpose = version.purpose
        self.offer_times(
            "duration", {*list_durations_up_to(purpose.access_most), purpose.access_default}, purpose.access_default
        )
        self.offer_times("answer_within", {*ANSWER_TIMES, purpose.answer_within}, purpose.answer_within)

    def offer_times(self, name: str, times: set[timedelta], first: timedelta) -> None:
        times = {time for time in times if time >= MIN_ACCESS_TIME}
        offered = {int(time.total_seconds()): describe_duration(time) for time in sorted(times)}
        get_choice_field(self, name).choices = list(offered.items())
        if str(self.initial.get(name, "")) not in {str(seconds) for seconds in offered}:
            self.initial[name] = int(first.total_seconds())

    def list_ticks(self) -> list[tuple[Category, BoundWidget]]:
        return list(zip(self.offered, self["categories"], strict=True))

    def clean_found(self) -> UUID:
        customer = verify_found_customer(self.cleaned_data["found"], self.member)
        if customer is None:
            raise forms.ValidationError(_("Find the customer again: this form was opened by someone else."))
        return customer

    def clean_sentence(self) -> str:
        """Join the sentence into one line."""
        return " ".join(self.cleaned_data["sentence"].split())

    def read_draft(self) -> dict[str, Any]:
        """Return the valid part of what is filled in so far, for the card beside the form."""
        self.is_valid()
        return getattr(self, "cleaned_data", {})

    def build_new_request(self) -> NewRequest:
        cleaned = self.cleaned_data
        return NewRequest(
            customer=cleaned["found"],
            version=int(cleaned["purpose"]),
            categories=frozenset(int(category) for category in cleaned["categories"]),
            reason=Reason(cleaned["reason"]),
            sentence=cleaned["sentence"],
            sensitive_reason=cleaned["sensitive_reason"],
            case_number=cleaned["case_number"],
            duration=timedelta(seconds=int(cleaned["duration"])),
            answer_within=timedelta(seconds=int(cleaned["answer_within"])),
            token=cleaned["token"],
        )
