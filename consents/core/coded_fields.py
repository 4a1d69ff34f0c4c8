"""Columns that hold one of a closed list of codes."""

from collections.abc import Sequence
from functools import partialmethod
from typing import TYPE_CHECKING, Any

from django.db.models import CharField, Model
from django.db.models.expressions import Combinable
from django.utils.encoding import force_str

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

    def contribute_to_class(self, cls: type[Model], name: str, private_only: bool = False) -> None:
        method = f"get_{name}_display"
        if self.choices and method not in vars(cls):
            setattr(cls, method, partialmethod(get_label, name=name, labels=dict(self.flatchoices)))
        super().contribute_to_class(cls, name, private_only)


def get_label(row: Model, *, name: str, labels: dict[Any, Any]) -> Any:
    """Return what this row's code is called. Django takes all choices of the field to pieces for each row."""
    code = getattr(row, name)
    return force_str(labels.get(code, code), strings_only=True)
