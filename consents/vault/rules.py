"""Divide a partial erasure into what is deleted and what is kept. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from consents.core.refusals import NotValid


class Remainder(StrEnum):
    """The part of a category that remains after erasures, for one customer."""

    ALL = "all"
    KEPT = "kept"  # for what the law asks, and nothing else (11 CCR 7022(f)(3))
    NOTHING = "nothing"


class NothingDeleted(NotValid):
    sentence = _(
        "At least one of the requested categories must be deleted. If the law requires keeping all of them, refuse the "
        "request."
    )


class NothingKept(NotValid):
    sentence = _("If nothing is kept, propose erasing the customer instead.")


class NotOfThisRequest(NotValid):
    sentence = _("You chose to keep something that was not part of the request. Please choose again.")


@dataclass(frozen=True)
class Parts:
    """The codes of the categories deleted and kept, sorted."""

    deleted: list[str]
    kept: list[str]


def split_parts(*, asked: Collection[str], kept: Collection[str], is_everything: bool) -> Parts:
    """Delete everything requested that is not kept.

    `is_everything`: the request covers all the customer's data, so that keeping nothing means erasing the customer.
    Raises NotOfThisRequest, NothingDeleted, NothingKept.
    """
    if not set(kept) <= set(asked):
        raise NotOfThisRequest
    if set(kept) >= set(asked):
        raise NothingDeleted
    if is_everything and not kept:
        raise NothingKept
    return Parts(sorted(set(asked) - set(kept)), sorted(set(kept)))
