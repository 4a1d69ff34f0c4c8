"""Privacy requests that wait for an officer: theirs, nobody's yet, and appeals against what somebody else answered."""

from django.db.models import Max, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext_lazy

from consents.choices.models import Mark
from consents.choices.rules import MarkKind
from consents.law.kinds import Type
from consents.people.models import StaffMember
from consents.people.services.holding import OFFICERS
from consents.people.work import WAITS, WaitingWork, select_own_customers
from consents.rights.confirmations import UNCONFIRMED
from consents.rights.models import Mention, Redaction, RightsRequest
from consents.rights.rules.answers import Outcome
from consents.rights.staff.queue import APPEALS, JOINT, NOBODYS, OPEN, select_open

LABELS = {
    "own": ngettext_lazy("privacy request of yours", "privacy requests of yours", "number"),
    "free": ngettext_lazy("privacy request nobody works on", "privacy requests nobody works on", "number"),
    "appeals": ngettext_lazy("appeal to decide", "appeals to decide", "number"),
    "mentions": ngettext_lazy("request with a note for you", "requests with notes for you", "number"),
    "pauses": ngettext_lazy("refused pause that still runs", "refused pauses that still run", "number"),
    "redactions": ngettext_lazy(
        "request with left-out notes to check", "requests with left-out notes to check", "number"
    ),
}
NOUNS = {
    "free": gettext_lazy("New privacy request"),
    "appeals": gettext_lazy("Appeal to decide"),
    "mentions": gettext_lazy("You are mentioned in a note"),
    "redactions": gettext_lazy("Left-out notes to check"),
}
SINCE = {
    "free": "received_at",
    "appeals": "appeal__appealed_at",
    "mentions": "mentioned_at",
    "redactions": "proposed_at",
}
OWN = {"own", "mentions"}
# Notes are read and left out on answered requests, too, and a pause ends after the answer (GDPR Art 18(3)).
IN_ANY_STATE = {"mentions", "redactions", "pauses"}


def list_rights_work(member: StaffMember) -> list[WaitingWork]:
    if member.role not in OFFICERS:
        return []
    changelist = "admin:rights_rightsrequest_changelist"
    return [
        WaitingWork(
            code,
            rows,
            LABELS[code],
            url=reverse(changelist, query={"state": "all", WAITS: code}) if code in IN_ANY_STATE else "",
            is_own=code in OWN,
            noun=NOUNS.get(code, ""),
            since=SINCE.get(code, ""),
            describe=str,
        )
        for code, rows in select_rights_work(member).items()
    ]


def select_rights_work(member: StaffMember) -> dict[str, QuerySet[RightsRequest]]:
    """Select by code what an officer can go on with."""
    apart, going_on = select_apart(member), select_going_on(member)
    return {
        "own": going_on.filter(handler=member.pk),
        "free": going_on.filter(NOBODYS),
        "appeals": select_appeals(member),
        "mentions": select_mentions(apart, member),
        "redactions": select_redactions(apart, member),
        "pauses": select_refused_pauses(apart),
    }


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
