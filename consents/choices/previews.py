"""What of consent would change with the catalogue or an erasure, in words, for the officer who is about to act."""

from typing import Any
from uuid import UUID

from django.utils.formats import number_format
from django.utils.translation import ngettext

from consents.catalogue.models import Purpose, PurposeVersion
from consents.choices.models import Choice
from consents.choices.rules import YES


def given(purpose: Purpose) -> int:
    return Choice.objects.filter(purpose=purpose, status__in=sorted(YES)).count()


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
            "The consent of %(n)s customer stands; the page of choices says that the words have changed.",
            "The consent of %(n)s customers stands; the page of choices says that the words have changed.",
            n,
        )
    return [told % {"n": readable(n)}]


def readable(n: int) -> str:
    """1,204 customers, in the way of the reader's language."""
    return number_format(n, force_grouping=True)


def what_stands(customer: UUID, **_: Any) -> list[str]:
    n = Choice.objects.filter(customer=customer, status__in=sorted(YES)).count()
    return [ngettext("%(n)d consent counts no more.", "%(n)d consents count no more.", n) % {"n": n}] if n else []
