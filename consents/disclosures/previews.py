"""Words to an officer, before an erasure, on what it leaves of reported looks."""

from typing import Any
from uuid import UUID

from django.utils.translation import ngettext

from consents.core.counts import format_number
from consents.disclosures.reports import selectors


def preview_undecided_reports(customer: UUID, **_: Any) -> list[str]:
    """Say how many reports of looks nobody can read or decide any more."""
    n = selectors.select_undecided_reports().filter(customer=customer).count()
    sentence = ngettext(
        "%(n)s report of a look is still open. Decide it first: nobody can afterwards.",
        "%(n)s reports of looks are still open. Decide them first: nobody can afterwards.",
        n,
    )
    return [sentence % {"n": format_number(n)}] if n else []
