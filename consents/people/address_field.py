"""The form field for an email address."""

from typing import Any

from django import forms

from consents.people.rules import normalize_address


class AddressField(forms.EmailField):
    """Takes an address in any spelling and gives its one spelling (rules.normalize_address)."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return normalize_address(text) if text else text
