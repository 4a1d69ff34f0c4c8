"""The list on the first page of somebody who acts for others: everybody, with what waits."""

from collections import Counter
from datetime import datetime
from typing import Any

from consents.access import selectors
from consents.people.models import Acting
from consents.people.selectors import get_spoken_name
from consents.people.visitors import Visitor


def build_acting_list(visitor: Visitor, now: datetime) -> dict[str, Any]:
    """Build the list of everybody this user acts for, with what waits; empty for who acts for themself alone."""
    actings = visitor.actings
    if [acting.capacity for acting in actings] == [Acting.Capacity.SELF]:
        return {"represented": [], "waiting_elsewhere": 0}
    waiting = Counter(
        selectors.select_pending(now)
        .filter(customer__in=[acting.customer_id for acting in actings])
        .values_list("customer", flat=True)
    )
    lines = [
        {
            "acting": acting.pk,
            "name": get_spoken_name(acting),
            "waiting": waiting[acting.customer_id],
            "is_current": acting.pk == visitor.acting.pk,
        }
        for acting in actings
    ]
    others = [line for line in lines if line["waiting"] and not line["is_current"]]
    return {
        "represented": lines,
        "waiting_elsewhere": sum(line["waiting"] for line in others),
        "waiting_name": others[0]["name"] if len(others) == 1 else "",
    }
