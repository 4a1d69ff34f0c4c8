"""What of consent would change with the catalogue or an erasure, in words, for the officer who is about to act."""

from typing import Any
from uuid import UUID

from django.utils.translation import ngettext

from consents.catalogue.models import Purpose, PurposeVersion
from consents.choices.models import Choice, Status


def given(purpose: Purpose) -> int:
    return Choice.objects.filter(purpose=purpose, status=Status.GIVEN).count()


def what_would_end(purpose: Purpose, **_: Any) -> list[str]:
    n = given(purpose)
    return [
        ngettext("The consent of %(n)d customer counts no more.", "The consent of %(n)d customers counts no more.", n)
        % {"n": n}
    ]


def who_is_asked_anew(version: PurposeVersion, **_: Any) -> list[str]:
    """A material change makes earlier consent stop counting; any other leaves it as it is."""
    n = given(version.purpose)
    if not version.material or not n:
        return []
    return [ngettext("%(n)d customer must be asked again.", "%(n)d customers must be asked again.", n) % {"n": n}]


def what_stands(customer: UUID, **_: Any) -> list[str]:
    n = Choice.objects.filter(customer=customer, status=Status.GIVEN).count()
    return [ngettext("%(n)d consent counts no more.", "%(n)d consents count no more.", n) % {"n": n}] if n else []
