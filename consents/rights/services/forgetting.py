"""What people wrote goes with them; the request stays, as proof that it was answered."""

from typing import Any
from uuid import UUID

from django.db import transaction

from consents.rights.models import Words


@transaction.atomic
def forget_words(*, customer: UUID, **_: Any) -> None:
    """By signal, inside the erasure, whose entry tells of it."""
    Words.objects.filter(request__customer=customer).delete()
