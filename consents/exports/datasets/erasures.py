"""Erasures proposed in the period: on which ground, by which two officers, and when they were done or cancelled."""

from django.utils.translation import gettext_lazy as _

from consents.exports.describing import Column, Description, Filter, Type, mark_changes
from consents.people.models import Erasure

LAW = "Art 5(2), 17(1)"
COLUMNS = [
    Column("erasure_id", Type.UUID, "x.id", LAW, "The erasure."),
    Column("proposed_at", Type.MOMENT, "x.proposed_at", LAW, "When an officer proposed it."),
    Column("subject_ref", Type.UUID, "x.customer_id", "Art 5(1)(c)", "The customer, by pseudonym."),
    Column("ground", Type.CODE, "x.reason", "Art 17(1)", "Why the data is erased.", dict(Erasure.Reason.choices)),
    Column("proposed_by", Type.UUID, "x.proposed_by_id", "Art 5(2)", "The officer who proposed it, by pseudonym."),
    Column("confirmed_by", Type.UUID, "x.confirmed_by_id", "Art 5(2)", "The other officer, who confirmed it."),
    Column("erased_at", Type.MOMENT, "x.done_at", LAW, "When the data was erased; empty: it was not."),
    Column("cancelled_by", Type.UUID, "x.cancelled_by_id", "Art 5(2)", "The officer who cancelled it."),
    Column("cancelled_at", Type.MOMENT, "x.cancelled_at", LAW, "When it was cancelled."),
    Column(
        "repeated_after_restore",
        Type.YES_NO,
        "x.original IS NOT NULL",
        "Art 32(1)(c)",
        "Whether it was done again because a restored backup did not know it.",
    ),
    mark_changes(
        "coalesce(greatest(x.done_at, x.cancelled_at) >= %(last)s, false)",
        "Whether it was done or cancelled after the period ended.",
    ),
]

DESCRIPTION = Description(
    name="erasures",
    about=_("Every erasure that was proposed: its ground, the two officers, when it was done or cancelled."),
    law="GDPR Art 5(2), 17",
    columns=COLUMNS,
    rows="""
FROM people_erasure AS x WHERE x.proposed_at >= %(first)s AND x.proposed_at < %(last)s""",
    order=("proposed_at", "erasure_id"),
    filters=[Filter("ground", _("Ground"), "x.reason", Erasure.Reason.choices)],
)
