"""Sentences on access without permission that an act would end, or has ended."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext, ngettext

from consents.access.models import Grant
from consents.access.rules import GrantEnd, Ground
from consents.access.selectors import select_live_grants
from consents.catalogue.models import Purpose
from consents.core import clock
from consents.exemptions import selectors
from consents.exemptions.customers.presenting import join_titles


def preview_ended_by_retirement(purpose: Purpose, **_: Any) -> list[str]:
    return describe_endings(Grant.objects.filter(purpose=purpose))


def preview_ended_by_erasure(customer: UUID, **_: Any) -> list[str]:
    return describe_endings(Grant.objects.filter(customer=customer))


def describe_endings(grants: QuerySet[Grant]) -> list[str]:
    """Say how much access runs without permission; nothing where there is none."""
    running = grants.filter(exemption__isnull=False, pk__in=select_live_grants(clock.now()).values("pk"))
    n = running.values("exemption").distinct().count()
    sentence = ngettext(
        "%(n)d running access without permission ends at once.",
        "%(n)d running accesses without permission end at once.",
        n,
    )
    return [sentence % {"n": n}] if n else []


def preview_stopped_by_withdrawal(customer: UUID, purpose: Purpose, **_: Any) -> list[str]:
    """Tell the customer which access of an emergency ends at once: a no ends it, where a legal duty goes on."""
    live = select_live_grants(clock.now()).filter(customer=customer, purpose=purpose, ground=Ground.SAFETY)
    return [
        gettext("Access without your permission ends for %(who)s: %(what)s.") % names
        for names in list_known_exemptions(customer, live)
    ]


def list_effects_of_withdrawal(customer: UUID, purpose: Purpose, since: datetime, **_: Any) -> dict[str, Any]:
    """List the access of emergencies that a withdrawal ended."""
    grants = Grant.objects.filter(customer=customer, purpose=purpose, ground=Ground.SAFETY)
    ended = grants.filter(end=GrantEnd.WITHDRAWN, ended_at__gte=since)
    sentence = gettext("%(who)s can no longer see this, for which your permission was not needed: %(what)s.")
    return {"ended": [sentence % names for names in list_known_exemptions(customer, ended)], "running": []}


def list_known_exemptions(customer: UUID, grants: QuerySet[Grant]) -> list[dict[str, str]]:
    """List who looks and at what, for each exemption of these grants that the customer may know of."""
    opened = {(grant.exemption, grant.category_id) for grant in grants}
    shown = selectors.select_exemptions_shown_to(customer).filter(pk__in={exemption for exemption, _ in opened})
    return [{"who": exemption.asked_as, "what": join_titles(exemption, opened)} for exemption in shown]
