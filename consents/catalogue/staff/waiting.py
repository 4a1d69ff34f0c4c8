"""Purposes that wait to be read and published by an officer who wrote none of the text."""

from typing import Any

from django.db.models import CharField, Max, OuterRef, Q, Subquery
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy, ngettext_lazy

from consents.catalogue.models import PurposeVersion
from consents.ledger.models import Entry
from consents.people.models import Role, StaffMember
from consents.people.staff.waiting import build_waits_filter
from consents.people.work import WaitingWork

PAGE = "catalogue_purposeversion"
LAST_WRITTEN = (
    Entry.objects.filter(object=Cast(OuterRef("pk"), CharField()), object_type="purpose_version")
    .order_by()
    .values("object")
    .annotate(at=Max("occurred_at"))
    .values("at")
)


def list_purpose_work(member: StaffMember) -> list[WaitingWork]:
    if member.role != Role.PRIVACY_OFFICER:
        return []
    drafts = PurposeVersion.objects.filter(published_at=None, purpose__retired_at=None, drafted_by__isnull=False)
    wrote = Q(pk__in=PurposeVersion.writers.through.objects.filter(user=member.pk).values("purposeversion"))
    others = drafts.exclude(drafted_by=member.pk).exclude(wrote)
    return [
        WaitingWork(
            "publish",
            others.annotate(written_at=Subquery(LAST_WRITTEN)).select_related("purpose"),
            ngettext_lazy("purpose to read and publish", "purposes to read and publish", "number"),
            page=PAGE,
            noun=gettext_lazy("Purpose to read and publish"),
            since="written_at",
            describe=describe_version,
        )
    ]


def describe_version(version: Any) -> str:
    return f"{version.purpose.code} {version.number}"


WaitsFilter = build_waits_filter(list_purpose_work, PAGE)
