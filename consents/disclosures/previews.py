"""Words to an officer, before an erasure, on what it leaves of reported looks."""

from typing import Any
from uuid import UUID

from django.utils.translation import ngettext

from consents.disclosures.reports import selectors


def preview_undecided_reports(customer: UUID, **_: Any) -> list[str]:
    """Say how many reports of looks nobody can read or decide any more."""
    n = selectors.select_undecided_reports().filter(customer=customer).count()
    sentence = ngettext(
        "%(n)d report of a look is still open. Decide it first: nobody can afterwards.",
        "%(n)d reports of looks are still open. Decide them first: nobody can afterwards.",
        n,
    )
    return [sentence % {"n": n}] if n else []
