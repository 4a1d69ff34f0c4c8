"""The form of the customer's answer. The services decide what it does."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from consents.access.customers.presenting import list_categories
from consents.access.models import AccessRequest
from consents.access.rules import AnswerDecision
from consents.access.rules.sharing import AllowedTerms, NothingInCommon, narrow_to_common
from consents.access.selectors.assents import Sharing, build_allowance
from consents.access.services.answering import Reply, compute_allowed_terms
from consents.core.durations import describe_duration, list_durations_up_to
from consents.core.fields import CheckboxesField, RadioField, SeenText
from consents.core.forms import get_choice_field
from consents.core.interface import get_interface_version


class AccessAnswerForm(forms.Form):
    """Hold the answer, with nothing preselected. `digest`: of the request as this page displays it.

    `sharing`: how the customer shares the account, whose other holders may have narrowed what can be allowed.
    """

    decision = RadioField()
    categories = CheckboxesField(required=False)
    duration = forms.ChoiceField(required=False)
    message = SeenText(required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        access_request: AccessRequest,
        *args: Any,
        digest: str = "",
        sharing: Sharing | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.access_request, self.sharing = access_request, sharing
        self.asked = list_categories(access_request)
        self.label_fields()
        self.fields["digest"].initial = digest
        self.fields["token"].initial = uuid4()
        get_choice_field(self, "duration").choices = [
            ("", self.describe_no_length()),
            *((int(step.total_seconds()), describe_duration(step)) for step in self.list_lengths()),
        ]
        get_choice_field(self, "categories").choices = [(c.pk, self.title(c)) for c in self.asked]

    def label_fields(self) -> None:
        """Label the answers; a single category can only be allowed in part by a shorter time, if there is one."""
        choices = [
            (AnswerDecision.ALL.value, _("Allow everything listed")),
            (AnswerDecision.PART.value, _("Allow part of it")),
            (AnswerDecision.NONE.value, _("Do not allow")),
        ]
        if len(self.asked) == 1:
            choices[0] = (AnswerDecision.ALL.value, _("Allow"))
            choices[1] = (AnswerDecision.PART.value, _("Allow for a shorter time"))
            if not self.list_lengths():
                del choices[1]
        decision = get_choice_field(self, "decision")
        decision.choices = choices
        decision.error_messages["required"] = _("Choose what %(who)s can see, or choose Do not allow.") % {
            "who": self.access_request.asked_as
        }

    def list_lengths(self) -> list[timedelta]:
        """List the lengths to choose from: the asked one too, where less than all categories can be allowed."""
        lengths = list_durations_up_to(self.access_request.duration)
        return lengths[:-1] if len(self.asked) == 1 else lengths

    def describe_no_length(self) -> str:
        """Describe what counts while no length is chosen: of several categories the asked one, of one category none."""
        if len(self.asked) == 1:
            return _("Choose for how long")
        return _("As they asked: %(length)s") % {"length": describe_duration(self.access_request.duration)}

    def title(self, category: Any) -> str:
        return _("%(category)s (sensitive)") % {"category": category.title} if category.sensitive else category.title

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("decision") == AnswerDecision.PART:
            self.clean_part(cleaned)
        if not self.errors and self.is_yes:
            self.check_holders_agree()
        return cleaned

    def clean_part(self, cleaned: dict[str, Any]) -> None:
        if len(self.asked) == 1:
            cleaned["categories"] = [str(self.asked[0].pk)]
        elif not cleaned.get("duration") and "duration" not in self.errors:
            cleaned["duration"] = str(int(self.access_request.duration.total_seconds()))
        if not cleaned.get("categories") and "categories" not in self.errors:
            self.add_error("categories", _("Choose at least one kind of data, or choose Do not allow."))
        if not cleaned.get("duration") and "duration" not in self.errors:
            self.add_error("duration", _("Choose for how long."))

    def check_holders_agree(self) -> None:
        """Show what the service would refuse beside what was chosen, so that none of it is lost."""
        try:
            self.compute_allowed()
        except NothingInCommon as refusal:
            is_part = self.cleaned_data["decision"] == AnswerDecision.PART
            self.add_error("categories" if is_part and len(self.asked) > 1 else "decision", str(refusal))

    @property
    def is_yes(self) -> bool:
        return bool(self.cleaned_data["decision"] != AnswerDecision.NONE)

    def reply(self, interface: str = "") -> Reply:
        """Return what was answered. `interface`: of the pages that asked, where they are not the customer's own."""
        cleaned = self.cleaned_data
        return Reply(
            decision=AnswerDecision(cleaned["decision"]),
            digest=cleaned["digest"],
            token=cleaned["token"],
            categories=frozenset(int(category) for category in cleaned["categories"]),
            duration=timedelta(seconds=int(cleaned["duration"] or 0)),
            message=cleaned["message"] if not self.is_yes else "",
            language=get_language() or "",
            interface=interface or get_interface_version("access/request.html", "access/check.html"),
        )

    def describe_allowed(self) -> tuple[list[str], list[str], timedelta]:
        """Describe (what they will see, what not, how long) as the check page says it."""
        allowed = self.compute_allowed()
        yes = [c.title for c in self.asked if c.pk in allowed.categories]
        no = [c.title for c in self.asked if c.pk not in allowed.categories]
        return yes, no, allowed.duration

    def compute_allowed(self) -> AllowedTerms:
        """Return what this yes allows, together with what other holders of the account do. Raises NothingInCommon."""
        allowed = compute_allowed_terms(self.access_request, self.reply())
        given = self.sharing.given if self.sharing else []
        return narrow_to_common(allowed, [build_allowance(assent, self.access_request) for assent in given])
