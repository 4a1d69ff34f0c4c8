"""What of consent would change with the catalogue or an erasure, in words, for the officer who is about to act."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.formats import number_format
from django.utils.translation import ngettext

from consents.catalogue.models import Purpose, PurposeVersion
from consents.catalogue.selectors import last_material_number
from consents.choices.models import Choice
from consents.choices.rules import YES
from consents.core.clock import DatabaseNow


def given(purpose: Purpose) -> int:
    return standing_now(Choice.objects.filter(purpose=purpose))


def standing_now(choices: QuerySet[Choice]) -> int:
    """How many count now: what time or the company has ended may not be on record yet."""
    ended_by_time = Q(valid_until__lte=DatabaseNow())
    ended_by_company = Q(version__number__lt=last_material_number()) | Q(purpose__retired_at__isnull=False)
    given = choices.filter(status__in=sorted(YES))
    return given.exclude(ended_by_time).exclude(ended_by_company).count()


def what_would_end(purpose: Purpose, **_: Any) -> list[str]:
    n = given(purpose)
    return [
        ngettext("The consent of %(n)s customer counts no more.", "The consent of %(n)s customers counts no more.", n)
        % {"n": readable(n)}
    ]


def who_is_asked_anew(version: PurposeVersion, **_: Any) -> list[str]:
    """A material change makes earlier consent stop counting; any other leaves it as it is."""
    n = given(version.purpose)
    if not n:
        return []
    if version.material:
        told = ngettext("%(n)s customer must be asked again.", "%(n)s customers must be asked again.", n)
    else:
        told = ngettext(
            "The consent of %(n)s customer stands; they are told that the words have changed.",
            "The consent of %(n)s customers stands; they are told that the words have changed.",
            n,
        )
    return [told % {"n": readable(n)}]


def readable(n: int) -> str:
    """1,204 customers, in the way of the reader's language."""
    return number_format(n, force_grouping=True)


def what_stands(customer: UUID, **_: Any) -> list[str]:
    n = standing_now(Choice.objects.filter(customer=customer))
    told = ngettext("%(n)s consent counts no more.", "%(n)s consents count no more.", n)
    return [told % {"n": readable(n)}] if n else []
