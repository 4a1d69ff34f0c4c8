"""The base of what an officer fills in for an act on one request."""

from collections.abc import Mapping
from typing import Any

from django import forms

from consents.people.models import StaffMember
from consents.rights.models import RightsRequest


class ActForm(forms.Form):
    """A form for an act on one request."""

    def __init__(
        self, rights_request: RightsRequest, data: Any = None, begun: Mapping[str, list[str]] | None = None
    ) -> None:
        """Build the form. `begun`: what was typed before and is shown again, unchecked."""
        super().__init__(data)
        self.rights_request = rights_request
        self.fit(rights_request)
        self.order_fields(self.field_order)
        for name, values in (begun or {}).items():
            if name in self.fields:
                is_many = isinstance(self.fields[name], forms.MultipleChoiceField | forms.ModelMultipleChoiceField)
                self.initial[name] = values if is_many else values[-1]

    def fit(self, rights_request: RightsRequest) -> None:
        """Offer what this request allows."""

    def fit_reader(self, officer: StaffMember) -> None:
        """Offer what this officer may choose."""
