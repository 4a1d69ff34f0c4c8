"""Purposes that wait for a second officer: to be published by one who wrote none of the text, or to be retired."""

from django.db.models import CharField, Max, OuterRef, Q, Subquery
from django.db.models.functions import Cast
from django.utils.translation import ngettext_lazy

from consents.catalogue import selectors
from consents.catalogue.models import Purpose, PurposeVersion
from consents.ledger.models import Entry
from consents.people.models import Role, StaffMember
from consents.people.staff.waiting import build_waits_filter
from consents.people.work import WaitingWork

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
    ending = selectors.select_open_retirements().exclude(proposed_by=member.pk).values("purpose")
    return [
        WaitingWork(
            "publish",
            others.annotate(written_at=Subquery(LAST_WRITTEN)).select_related("purpose"),
            ngettext_lazy("purpose to read and publish", "purposes to read and publish", "number"),
            since="written_at",
            describe=lambda version: f"{version.purpose.code} {version.number}",
        ),
        WaitingWork(
            "retire",
            selectors.annotate_retirement(Purpose.objects.filter(pk__in=ending)),
            ngettext_lazy("purpose to retire", "purposes to retire", "number"),
            since="ending_since",
            describe=str,
        ),
    ]


WaitsFilter = build_waits_filter(list_purpose_work)
