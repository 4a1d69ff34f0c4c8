"""The list on the first page of somebody who acts for others."""

from typing import Any

from consents.access.selectors.waiting import count_waiting
from consents.people.selectors import name_choice
from consents.people.visitors import CustomerRequest


def build_acting_list(request: CustomerRequest) -> dict[str, Any]:
    """Build the list of everybody this user acts for, with the number of requests that wait.

    The list is empty for somebody who acts only for themself. `is_next`: requests wait for this person alone.
    """
    visitor, actings = request.visitor, request.visitor.actings
    if [acting.is_holding for acting in actings] == [True]:
        return {"represented": [], "waiting_elsewhere": 0}
    waiting = count_waiting(request)
    lines = [
        {
            "acting": acting.pk,
            "name": name_choice(acting),
            "waiting": waiting[acting.customer_id],
            "is_current": acting.pk == visitor.acting.pk,
        }
        for acting in actings
    ]
    others = [line for line in lines if line["waiting"] and not line["is_current"]]
    waited_for = [line for line in lines if line["waiting"]]
    for line in lines:
        line["is_next"] = waited_for == [line] and not line["is_current"]
    return {
        "represented": lines,
        "waiting_elsewhere": sum(line["waiting"] for line in others),
        "waiting_name": others[0]["name"] if len(others) == 1 else "",
    }
