"""What an erasure of part leaves of a kind of data, and how what was asked falls into two. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from consents.core.refusals import Refusal


class Left(StrEnum):
    """Of a kind of one customer's data."""

    ALL = "all"
    KEPT = "kept"  # for what the law asks, and nothing else (11 CCR 7022(f)(3))
    NOTHING = "nothing"


class NothingDeleted(Refusal):
    status = 422
    sentence = _("Something of what was asked must be deleted. If the law keeps all of it, refuse the request.")


class NothingKept(Refusal):
    status = 422
    sentence = _("If nothing is kept, propose to erase the customer whole.")


class NotOfThisRequest(Refusal):
    status = 422
    sentence = _("What is to be kept is not part of what was asked. Please choose again.")


@dataclass(frozen=True)
class Parts:
    """Codes of categories, sorted."""

    deleted: list[str]
    kept: list[str]


def parted(*, asked: Collection[str], kept: Collection[str], is_everything: bool) -> Parts:
    """All that was asked and is not kept goes. `is_everything`: what was asked is all there is; whoever keeps nothing
    of that erases the customer. Raises NotOfThisRequest, NothingDeleted, NothingKept."""
    if not set(kept) <= set(asked):
        raise NotOfThisRequest
    if set(kept) >= set(asked):
        raise NothingDeleted
    if is_everything and not kept:
        raise NothingKept
    return Parts(sorted(set(asked) - set(kept)), sorted(set(kept)))
