"""Reports of looks filed in the period, with their clock and outcome. What either side wrote is sealed and stays."""

from django.utils.translation import gettext_lazy as _

from consents.disclosures.reports.rules import Concern, Finding
from consents.exports.describing import Column, Description, Filter, Type

LAW = "Art 5(2), 12(3), 77; C-579/21"
COLUMNS = [
    Column("report_id", Type.UUID, "t.id", LAW, "The report; its number begins with these letters."),
    Column("reported_at", Type.MOMENT, "t.reported_at", LAW, "When the customer filed it."),
    Column("subject_ref", Type.UUID, "t.customer_id", "Art 5(1)(c)", "The customer, by pseudonym."),
    Column("opening_id", Type.UUID, "o.id", LAW, "The look, as the ledger names it."),
    Column("opened_at", Type.MOMENT, "o.opened_at", LAW, "When the look was."),
    Column("actor_ref", Type.UUID, "o.staff_id", "Art 5(2)", "Who looked, by pseudonym."),
    Column("purpose", Type.CODE, "p.code", "Art 30(1)(b)", "Code of the purpose in the catalogue."),
    Column("pii_type", Type.CODE, "c.code", "Art 30(1)(c)", "Code of the data category."),
    Column(
        "concern",
        Type.CODE,
        "t.concern",
        LAW,
        "What does not seem right.",
        dict(Concern.choices),
        inert="CHECK disclosures_report_known_concern",
    ),
    Column("due_at", Type.MOMENT, "t.due_at", "Art 12(3)", "Until when the customer is answered."),
    Column("answered_at", Type.MOMENT, "t.answered_at", "own", "When the member who looked answered the officers."),
    Column("decided_at", Type.MOMENT, "t.decided_at", "Art 12(3)", "When the customer was answered."),
    Column("decided_by", Type.UUID, "t.decided_by_id", "Art 5(2)", "The officer who decided it, by pseudonym."),
    Column(
        "outcome",
        Type.CODE,
        "nullif(t.finding, '')",
        LAW,
        "What the officer found.",
        dict(Finding.choices),
        inert="CHECK disclosures_report_decided_whole",
    ),
    Column(
        "is_late",
        Type.YES_NO,
        "coalesce(t.decided_at, t.due_at) > t.due_at",
        "Art 12(3)",
        "Answered after its time; while decided_at is empty, due_at tells.",
    ),
]

DESCRIPTION = Description(
    name="reports",
    about=_("Every look that a customer reported: who looked, what for, the clock and the outcome."),
    law="GDPR Art 5(2), 12(3); C-579/21",
    columns=COLUMNS,
    rows="""
FROM disclosures_lookreport AS t JOIN disclosures_opening AS o ON o.id = t.opening_id
JOIN catalogue_purpose AS p ON p.id = o.purpose_id JOIN catalogue_category AS c ON c.id = o.category_id
WHERE t.reported_at >= %(first)s AND t.reported_at < %(last)s""",
    order=("reported_at", "report_id"),
    filters=[Filter("outcome", _("Outcome"), "t.finding", Finding.choices)],
)
