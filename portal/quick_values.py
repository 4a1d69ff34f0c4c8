"""Look the values of a loaded template up without what only rare ones need.

Django looks each part of `entry.about.sentence` up in three ways, through five functions; a page of looks has a
thousand. Here a name is looked up where it stands in the context, and its parts in plain dictionaries and as attributes
of what is no collection; whatever else it may be, Django looks up from the beginning.
"""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.template import Context, Node
from django.template.base import FilterExpression, Variable, VariableDoesNotExist
from django.template.smartif import TokenBase


class NotPlain(Exception):
    """The value is none of the kinds that are looked up here."""


class Missing(NotPlain):
    """The context has no such name, or the value no such part: Django lists all it has before it says so."""


FOR_DJANGO = (NotPlain, ObjectDoesNotExist)  # which Django calls, or takes for a value that is missing


class QuickLookup(Variable):
    """A variable whose name is split once."""

    __slots__ = ("name", "parts")

    def __init__(self, variable: Variable) -> None:
        super().__init__(variable.var)
        self.name, *self.parts = variable.lookups or ()

    def resolve(self, context: Any) -> Any:
        try:
            return self.look_up(context)
        except Missing:
            raise VariableDoesNotExist("Failed lookup for [%s]", (self.var,)) from None
        except FOR_DJANGO:
            return super().resolve(context)

    def look_up(self, context: Any) -> Any:
        """Look the value up. Raises one of FOR_DJANGO where it is anything but plain."""
        for names in reversed(context.dicts):
            if self.name in names:
                value = names[self.name]
                break
        else:
            raise Missing
        try:
            for part in self.parts:
                kind = value.__class__
                if kind is dict:
                    value = value[part]
                elif hasattr(type(value), "__getitem__") or callable(value):
                    raise NotPlain
                else:
                    value = getattr(value, part)
        except (KeyError, AttributeError):
            if may_have(value, part):
                raise NotPlain from None
            raise Missing from None
        if callable(value):
            raise NotPlain
        return value


def may_have(value: Any, part: str) -> bool:
    """Tell whether Django might find this part in another way, or a property that failed by itself."""
    kind = type(value)
    if kind is dict:
        return part.isdigit() or hasattr(kind, part)
    return hasattr(kind, part) or hasattr(kind, "__getattr__") or kind.__dir__ is not object.__dir__


class QuickExpression(FilterExpression):
    """A value without filters: it is what its variable is."""

    __slots__ = ()

    def resolve(self, context: Context, ignore_failures: bool = False) -> Any:
        try:
            return self.var.look_up(context)
        except Missing:
            return None if ignore_failures else super().resolve(context)
        except FOR_DJANGO:
            return super().resolve(context, ignore_failures)


def quicken_values(node: Node) -> None:
    """Quicken the values that this node asks for itself, in place: others may hold them too."""
    quicken_parts(vars(node).values())


def quicken_parts(parts: Iterable[Any]) -> None:
    for part in parts:
        if isinstance(part, FilterExpression):
            quicken_expression(part)
        elif isinstance(part, TokenBase):
            quicken_parts((part.value, part.first, part.second))  # of a condition
        elif isinstance(part, dict):
            quicken_parts(part.values())
        elif part.__class__ in (list, tuple):
            quicken_parts(part)


def quicken_expression(value: FilterExpression) -> None:
    variable = value.var
    if variable.__class__ is not Variable or variable.lookups is None or variable.translate:
        return
    value.var = QuickLookup(variable)
    if not value.filters:
        value.__class__ = QuickExpression
