"""Form fields and widgets that need no business words."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms

from consents.core.durations import in_words


class NeverShownBack(forms.PasswordInput):
    """What was typed is not repeated on the page."""

    input_type = "text"


class LengthField(forms.TypedChoiceField):
    """A length of time, chosen from a few and read in words; a stored one outside them stays choosable."""

    def __init__(self, *, lengths: Iterable[timedelta], **kwargs: Any) -> None:
        self.lengths = list(lengths)
        super().__init__(coerce=lambda text: timedelta(seconds=int(text)), **kwargs)
        self.offer(self.lengths)

    def offer(self, lengths: Iterable[timedelta]) -> None:
        self.choices = [(str(int(one.total_seconds())), in_words(one)) for one in sorted(set(lengths))]

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, timedelta):
            return value
        self.offer([*self.lengths, value])
        return str(int(value.total_seconds()))


class DayField(forms.DateField):
    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "vDateField"})
        super().__init__(widget=widget, input_formats=["%Y-%m-%d"], **kwargs)
