"""Form fields and widgets that need no business words."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import CharField
from django.db.models.expressions import Combinable

from consents.core.durations import describe_duration
from consents.core.paper import keep_as_seen


class SeenText(forms.CharField):
    """Take what another person reads: nobody agrees to a sentence that looks like another one, or like none."""

    def to_python(self, value: Any) -> Any:
        return keep_as_seen(super().to_python(value) or "") or self.empty_value


class UnechoedInput(forms.PasswordInput):
    """Take a text without repeating on the page what was typed before; the page says so where it is needed again."""

    input_type = "text"
    is_unechoed = True


class UnechoedField(forms.CharField):
    """Ask for an exact word or number, such as a customer's, as `UnechoedInput` takes it."""

    def __init__(self, *, max_length: int = 254, **kwargs: Any) -> None:
        widget = UnechoedInput(attrs={"autocomplete": "off", "spellcheck": "false"})
        super().__init__(max_length=max_length, widget=widget, **kwargs)


class RadioField(forms.TypedChoiceField):
    """Offer a few choices, all of them in sight."""

    widget = forms.RadioSelect


class CheckboxesField(forms.MultipleChoiceField):
    widget = forms.CheckboxSelectMultiple


class DurationChoiceField(forms.TypedChoiceField):
    """Offer a few lengths of time in words; a stored length outside them can still be chosen."""

    def __init__(self, *, lengths: Iterable[timedelta], **kwargs: Any) -> None:
        self.lengths = list(lengths)
        super().__init__(coerce=lambda text: timedelta(seconds=int(text)), **kwargs)
        self.offer(self.lengths)

    def offer(self, lengths: Iterable[timedelta]) -> None:
        # In words when they are shown, since a form is made before anybody's language is known.
        self.choices = partial(list_duration_choices, sorted(set(lengths)))

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, timedelta):
            return value
        self.offer([*self.lengths, value])
        return str(int(value.total_seconds()))


def list_duration_choices(lengths: list[timedelta]) -> list[tuple[str, str]]:
    return [(str(int(length.total_seconds())), describe_duration(length)) for length in lengths]


class DayField(forms.DateField):
    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "vDateField"})
        super().__init__(widget=widget, input_formats=["%Y-%m-%d"], **kwargs)


if TYPE_CHECKING:
    Text = CharField[str | int | Combinable, str]
else:
    Text = CharField


class CodedField(Text):
    """Hold one of `choices`. Migrations do not repeat them: other words for a code leave the table as it is, and what
    the table must refuse is a constraint's to say, which `tests/architecture/test_codes.py` demands.
    """

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, _path, positional, named = super().deconstruct()
        named.pop("choices", None)  # none in a clone, which is made of what this returns
        return name, "django.db.models.CharField", positional, named
