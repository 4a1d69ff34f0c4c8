"""Privacy requests that wait for an officer: theirs, nobody's yet, and appeals against what somebody else answered."""

from typing import Any

from django.db.models import Max, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext_lazy

from consents.choices.models import Mark
from consents.choices.rules import MarkKind
from consents.law.kinds import Type
from consents.people.models import StaffMember
from consents.people.services.holding import OFFICERS
from consents.people.work import WAITS, WaitingWork, select_own_customers
from consents.rights.models import Mention, Redaction, RightsRequest
from consents.rights.recipients import UNCONFIRMED
from consents.rights.rules import Outcome
from consents.rights.staff.queue import APPEALS, JOINT, NOBODYS, OPEN, select_open


def list_rights_work(member: StaffMember) -> list[WaitingWork]:
    return [*list_open_work(member), *list_work_in_any_state(member)] if member.role in OFFICERS else []


def list_open_work(member: StaffMember) -> list[WaitingWork]:
    """List what an officer can go on with, and the appeals that they may decide."""
    going_on, appeals = select_going_on(member), select_appeals(member)
    own = ngettext_lazy("privacy request of yours", "privacy requests of yours", "number")
    free = ngettext_lazy("privacy request nobody works on", "privacy requests nobody works on", "number")
    to_decide = ngettext_lazy("appeal to decide", "appeals to decide", "number")
    new, appeal = gettext_lazy("New privacy request"), gettext_lazy("Appeal to decide")
    return [
        WaitingWork("own", going_on.filter(handler=member.pk), own, is_own=True, describe=str),
        WaitingWork("free", going_on.filter(NOBODYS), free, noun=new, since="received_at", describe=str),
        WaitingWork("appeals", appeals, to_decide, noun=appeal, since="appeal__appealed_at", describe=str),
    ]


def list_work_in_any_state(member: StaffMember) -> list[WaitingWork]:
    """List what is done on answered requests, too: notes are read and left out, a pause ends (GDPR Art 18(3))."""
    apart = select_apart(member)
    unread, proposed = select_mentions(apart, member), select_redactions(apart, member)
    mentions = ngettext_lazy("request with a note for you", "requests with notes for you", "number")
    to_check = ngettext_lazy("request with left-out notes to check", "requests with left-out notes to check", "number")
    pauses = ngettext_lazy("refused pause that still runs", "refused pauses that still run", "number")
    mention, check = gettext_lazy("You are mentioned in a note"), gettext_lazy("Left-out notes to check")
    return [
        build_work_of_all("mentions", unread, mentions, noun=mention, since="mentioned_at", is_own=True),
        build_work_of_all("redactions", proposed, to_check, noun=check, since="proposed_at"),
        build_work_of_all("pauses", select_refused_pauses(apart), pauses),
    ]


def build_work_of_all(code: str, rows: QuerySet[RightsRequest], labels: Any, **more: Any) -> WaitingWork:
    url = reverse("admin:rights_rightsrequest_changelist", query={"state": "all", WAITS: code})
    return WaitingWork(code, rows, labels, url=url, describe=str, **more)


def select_apart(member: StaffMember) -> QuerySet[RightsRequest]:
    """Select what is no matter of their own, to which nobody is led."""
    return RightsRequest.objects.exclude(customer__in=select_own_customers(member.pk))


def select_going_on(member: StaffMember) -> QuerySet[RightsRequest]:
    """Select the open requests that wait for no one but an officer."""
    return select_apart(member).filter(OPEN, ~JOINT, waiting_since=None).exclude(UNCONFIRMED)


def select_appeals(member: StaffMember) -> QuerySet[RightsRequest]:
    """Select the appeals that they may decide."""
    return select_open(select_apart(member)).filter(APPEALS).exclude(handler=member.pk)


def select_mentions(rows: QuerySet[RightsRequest], member: StaffMember) -> QuerySet[RightsRequest]:
    """Select requests with notes that mention them and that they have not read; none of somebody who is erased."""
    unread = Mention.objects.filter(colleague=member.pk, read_at=None)
    waiting = rows.filter(pk__in=unread.values("rights_request")).exclude(customer__erased_at__isnull=False)
    mine = Q(mentions__colleague=member.pk, mentions__read_at=None)
    return waiting.annotate(mentioned_at=Max("mentions__note__written_at", filter=mine))


def select_redactions(rows: QuerySet[RightsRequest], member: StaffMember) -> QuerySet[RightsRequest]:
    """Select requests with notes of which a colleague wants to leave something out of copies."""
    proposed = Redaction.objects.filter(decided_at=None).exclude(proposed_by=member.pk)
    waiting = rows.filter(pk__in=proposed.values("rights_request")).exclude(customer__erased_at__isnull=False)
    return waiting.annotate(proposed_at=Max("redactions__proposed_at"))


def select_refused_pauses(rows: QuerySet[RightsRequest]) -> QuerySet[RightsRequest]:
    """Select refused requests whose pause nobody has ended: until then no one may ask or look."""
    running = Mark.objects.filter(kind=MarkKind.RESTRICTION, lifted_at=None).values("request")
    return rows.filter(request_type=Type.RESTRICTION, answer__outcome=Outcome.DENIED, pk__in=running)
