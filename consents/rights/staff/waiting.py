"""Privacy requests that wait for an officer: theirs, nobody's yet, and appeals against what somebody else answered."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy, ngettext_lazy

from consents.people.models import StaffMember
from consents.people.work import WaitingWork, select_own_customers
from consents.rights.models import RightsRequest
from consents.rights.staff.queue import APPEALS, JOINT, OFFICERS, OPEN, UNCONFIRMED, select_open

PAGE = "rights_rightsrequest"
LABELS = {
    "own": ngettext_lazy("privacy request of yours", "privacy requests of yours", "number"),
    "free": ngettext_lazy("privacy request nobody works on", "privacy requests nobody works on", "number"),
    "appeals": ngettext_lazy("appeal to decide", "appeals to decide", "number"),
}
NOUNS = {
    "free": gettext_lazy("New privacy request"),
    "appeals": gettext_lazy("Appeal to decide"),
}
SINCE = {"free": "received_at", "appeals": "appeal__appealed_at"}


def list_rights_work(member: StaffMember) -> list[WaitingWork]:
    if member.role not in OFFICERS:
        return []
    return [build_rights_work(code, rows) for code, rows in select_rights_work(member).items()]


def build_rights_work(code: str, rows: QuerySet[RightsRequest]) -> WaitingWork:
    return WaitingWork(
        code,
        rows,
        LABELS[code],
        page=PAGE,
        is_own=code == "own",
        noun=NOUNS.get(code, ""),
        since=SINCE.get(code, ""),
        describe=get_number,
    )


def select_rights_work(member: StaffMember) -> dict[str, QuerySet[RightsRequest]]:
    """Select by code what an officer can go on with; nobody is led to a matter of their own."""
    apart = RightsRequest.objects.exclude(customer__in=select_own_customers(member.pk))
    going_on = apart.filter(OPEN, ~JOINT, waiting_since=None).exclude(UNCONFIRMED)
    appeals = select_open(apart).filter(APPEALS).exclude(handler=member.pk)
    return {"own": going_on.filter(handler=member.pk), "free": going_on.filter(handler=None), "appeals": appeals}


def get_number(rights_request: Any) -> str:
    return str(rights_request.number)
