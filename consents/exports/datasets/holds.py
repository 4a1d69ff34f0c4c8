"""Legal holds that stood in the period: what must not be erased, why, until when that is looked at again."""

from django.utils.translation import gettext_lazy as _

from consents.exports.describing import Column, Description, Filter, Type, mark_changes
from consents.people.models import LegalHold

LAW = "Art 17(3)(b), 17(3)(e), 18(1)(c)"
COLUMNS = [
    Column("hold_id", Type.UUID, "h.id", LAW, "The legal hold."),
    Column("placed_at", Type.MOMENT, "h.placed_at", LAW, "When an officer placed it."),
    Column("subject_ref", Type.UUID, "h.customer_id", "Art 5(1)(c)", "The customer, by pseudonym."),
    Column("reason", Type.CODE, "h.reason", LAW, "What forbids to erase.", dict(LegalHold.Reason.choices)),
    Column("document", Type.TEXT, "h.document", "Art 5(2)", "The order, claim or law it rests on, as it was typed."),
    Column("review_on", Type.DAY, "h.review_on", "Art 5(1)(e)", "The day by which it is looked at again."),
    Column("placed_by", Type.UUID, "h.placed_by_id", "Art 5(2)", "The officer who placed it, by pseudonym."),
    Column("lifted_at", Type.MOMENT, "h.lifted_at", LAW, "When it was lifted; empty: it stands."),
    Column("lifted_by", Type.UUID, "h.lifted_by_id", "Art 5(2)", "The officer who lifted it, by pseudonym."),
    mark_changes(
        "coalesce(h.lifted_at >= %(last)s, false)",
        "Whether it was lifted after the period ended.",
    ),
]

DESCRIPTION = Description(
    name="holds",
    about=_("Every legal hold that stood in the period: its reason and document, who placed and who lifted it."),
    law="GDPR Art 17(3), 18",
    columns=COLUMNS,
    rows="""
FROM people_legalhold AS h WHERE h.placed_at < %(last)s AND (h.lifted_at IS NULL OR h.lifted_at >= %(first)s)""",
    order=("placed_at", "hold_id"),
    filters=[Filter("reason", _("Reason"), "h.reason", LegalHold.Reason.choices)],
)
