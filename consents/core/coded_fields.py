"""Columns that hold one of a closed list of codes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import CharField
from django.db.models.expressions import Combinable

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
