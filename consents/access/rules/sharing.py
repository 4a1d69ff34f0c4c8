"""Say what holders of a shared account allow together. Pure: no database, no clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from consents.core.refusals import NotValid, Refusal


class AlreadyAssented(Refusal):
    sentence = _("You have said yes already. It counts once everyone who shares the account has agreed.")


class NothingInCommon(NotValid):
    sentence = _(
        "Everyone who shares this account must allow the same. Choose some of what is allowed so far, or say no."
    )


@dataclass(frozen=True)
class AllowedTerms:
    """Hold what one holder of a shared account allows: categories by id, and for how long."""

    categories: frozenset[int]
    duration: timedelta


def narrow_to_common(allowed: AllowedTerms, others: Iterable[AllowedTerms]) -> AllowedTerms:
    """Return what all of them allow. Raises NothingInCommon."""
    for other in others:
        allowed = AllowedTerms(allowed.categories & other.categories, min(allowed.duration, other.duration))
    if not allowed.categories:
        raise NothingInCommon
    return allowed
