"""Sentences on the consents that a change of the catalogue or an erasure would end, shown before the act."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import ngettext

from consents.catalogue.models import Purpose, PurposeVersion
from consents.catalogue.selectors import build_material_number
from consents.choices.models import Choice
from consents.choices.rules import YES
from consents.core.clock import DatabaseNow
from consents.core.counts import format_number


def count_given(purpose: Purpose) -> int:
    return count_standing(Choice.objects.filter(purpose=purpose))


def count_standing(choices: QuerySet[Choice]) -> int:
    """Count the consents in force now, although ends by time or company may not be on record yet."""
    ended_by_time = Q(valid_until__lte=DatabaseNow())
    ended_by_company = Q(version__number__lt=build_material_number()) | Q(purpose__retired_at__isnull=False)
    return choices.filter(status__in=sorted(YES)).exclude(ended_by_time).exclude(ended_by_company).count()


def preview_ended_consents(purpose: Purpose, **_: Any) -> list[str]:
    n = count_given(purpose)
    sentence = ngettext(
        "The consent of %(n)s customer no longer counts.", "The consent of %(n)s customers no longer counts.", n
    )
    return [sentence % {"n": format_number(n)}] if n else []


def preview_customers_asked_again(version: PurposeVersion, **_: Any) -> list[str]:
    """Preview how many must be asked again: a material change ends earlier consent, any other leaves it."""
    n = count_given(version.purpose)
    if not n:
        return []
    if version.material:
        sentence = ngettext("%(n)s customer must be asked again.", "%(n)s customers must be asked again.", n)
    else:
        sentence = ngettext(
            "The consent of %(n)s customer stands; they are told that the words have changed.",
            "The consent of %(n)s customers stands; they are told that the words have changed.",
            n,
        )
    return [sentence % {"n": format_number(n)}]


def preview_erased_consents(customer: UUID, **_: Any) -> list[str]:
    n = count_standing(Choice.objects.filter(customer=customer))
    sentence = ngettext("%(n)s consent no longer counts.", "%(n)s consents no longer count.", n)
    return [sentence % {"n": format_number(n)}] if n else []
