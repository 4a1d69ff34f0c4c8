"""Say to a customer who looked and why."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext, pgettext

from consents.access.customers.presenting import build_answered_facts
from consents.access.models import AccessRequest
from consents.disclosures.models import Opening
from consents.disclosures.selectors import get_alike, map_own_readers
from consents.exemptions import selectors as exemptions
from consents.exemptions.customers.presenting import SHORT_GROUNDS, describe_ground
from consents.exemptions.models import Exemption, Kind
from consents.people.models import StaffMember, User
from consents.people.selectors import name_others


def build_reading_lines(readings: list[tuple[datetime, StaffMember | None]]) -> list[dict[str, Any]]:
    """Build a line for each reading of this customer's history by an officer."""
    return [{"at": at, "who": str(member) if member else gettext("An officer")} for at, member in readings]


def build_unasked_lines(told: list[Exemption]) -> list[dict[str, Any]]:
    """Build a line for each time of access without an answer, whether or not somebody looked."""
    return [
        {
            "id": exemption.pk,
            "at": exemption.filed_at,
            "who": exemption.asked_as,
            "ground": SHORT_GROUNDS[Kind(exemption.kind)],
        }
        for exemption in told
    ]


def group_by_day(
    openings: Any, viewer: UUID | None = None, readers: Mapping[UUID, str] | None = None
) -> list[dict[str, Any]]:
    """Build the entries of the log, by day. `viewer`: the user who reads it, for what they allowed themselves;
    `readers`: for whom data was read, by opening, where several act for the customer.

    What is the same for many looks is put into words once: `alike` says for which.
    """

    shown = [(opening, get_alike(opening)) for opening in openings]
    exempted = exemptions.map_exemptions(opening.grant for opening, _alike in shown if opening.grant)
    examples = {alike: opening for opening, alike in shown}
    worded = {alike: build_activity_entry(opening, exempted, viewer) for alike, opening in examples.items()}
    entries = [
        worded[alike] | describe_moment(look) | {"alike": alike, "read_by": (readers or {}).get(look.pk, "")}
        for look, alike in shown
    ]
    by_day = groupby(entries, lambda entry: timezone.localtime(entry["at"]).date())
    return [{"date": when, "entries": list(looks)} for when, looks in by_day]


def name_readers(openings: Iterable[Opening], customer: UUID, viewer: User) -> dict[UUID, str]:
    """Say of each own copy who read it, where somebody but the reader of the log acts or has acted for the customer."""
    own = [opening.pk for opening in openings if opening.kind == Opening.Kind.OWN_COPY]
    others = name_others(customer, viewer) if own else {}
    actors = map_own_readers(own) if others else {}
    names = others | {str(viewer.pk): pgettext("after “by”", "you")}
    return {
        opening: gettext("Read by %(who)s.") % {"who": names[actor]}
        for opening, actor in actors.items()
        if actor in names
    }


def describe_moment(look: Opening) -> dict[str, Any]:
    """Build what a line says of this look alone: when it was, and whether the customer has reported it."""
    report = getattr(look, "report", None)
    return {"at": look.opened_at, "id": look.pk, "report_id": report and report.pk}


def build_activity_entry(
    opening: Opening, exempted: dict[UUID, Exemption], viewer: UUID | None = None
) -> dict[str, Any]:
    """Build what a line says of a look, except its moment."""
    access_request = opening.grant.access_request if opening.grant else None
    exemption = exempted.get(opening.grant.exemption) if opening.grant and opening.grant.exemption else None
    asked = access_request or exemption
    member = getattr(opening.staff, "staff_member", None) if opening.staff else None
    return {
        "who": asked.asked_as if asked else describe_looker(opening),
        "staff_number": member.number if member else "",
        "categories": [describe_opened(opening)] if opening.category else [],
        "is_own": opening.kind == Opening.Kind.OWN_COPY,
        "exemption_id": exemption.pk if exemption else None,
        "exempted": describe_ground(exemption) if exemption else "",
        "about": build_look_reasons(asked, opening),
        "request_id": access_request.pk if access_request else None,
        # Who said the last yes; by telephone, whoever was called: an officer recorded it.
        "is_allowed_by_you": access_request is not None and access_request.answer.answered_by_id == viewer,
        "may_be_reported": asked is not None,
    }


def describe_looker(opening: Opening) -> str:
    """Name who looked without a request of theirs: an officer who corrects a value, or nobody.

    A copy may have been made for anyone who acts for the customer, or by the portal.
    """
    member = getattr(opening.staff, "staff_member", None) if opening.staff else None
    if member is None:
        return gettext("No one on our staff")
    return gettext("%(name)s from %(team)s") % {"name": member.user.first_name, "team": member.team}


def describe_opened(opening: Opening) -> str:
    """Name the kind of data and, where a single value of it was looked at, which."""
    assert opening.category is not None
    if not opening.field:
        return str(opening.category.title)
    labels = {field.key: field.label for field in opening.category.fields.all()}
    return f"{opening.category.title}: {labels.get(opening.field, opening.field)}"


def build_look_reasons(asked: AccessRequest | Exemption | None, opening: Opening) -> dict[str, str] | None:
    """Build what for, why now and the case of a look, by what was asked; None for the customer's own."""
    if isinstance(asked, AccessRequest):
        return build_answered_facts(asked)
    facts = {"sentence": "", "sensitive_reason": "", "case_number": ""}
    if opening.kind == Opening.Kind.CORRECTION:
        why_now = gettext("You asked us to correct this value. Nothing else was shown.")
        return facts | {"what_for": gettext("Correct your data"), "why_now": why_now}
    if asked is None:
        return None
    facts |= {"what_for": asked.version.name, "why_now": describe_ground(asked)}
    return facts | {"sentence": asked.sentence, "case_number": asked.case_number}
