"""Questions for statistics asked in the period: by whom, about what, under which rules. No number of an answer."""

from django.utils.translation import gettext_lazy as _

from consents.exports.describing import Column, Description, Filter, Type
from consents.insights.rules import Grouping, Measure, Outcome

LAW = "Art 5(1)(b), 5(2), 89(1)"
CELLS = "FROM insights_cell AS k WHERE k.result_id = i.id"
COLUMNS = [
    Column("insight_id", Type.UUID, "i.id", LAW, "The question as it was asked."),
    Column("asked_at", Type.MOMENT, "i.asked_at", LAW, "When it was asked."),
    Column("actor_ref", Type.UUID, "i.asked_by_id", "Art 5(2)", "Who asked, by pseudonym."),
    Column("question", Type.TEXT, "q.code", LAW, "Code of the question in its catalogue."),
    Column("pii_type", Type.CODE, "c.code", "Art 30(1)(c)", "Code of the data category that was counted."),
    Column("grouped_by", Type.TEXT, "q.field", LAW, "The field that makes the groups."),
    Column(
        "grouping",
        Type.CODE,
        "q.grouping",
        LAW,
        "How values become groups.",
        dict(Grouping.choices),
        inert="CHECK insights_question_known_grouping",
    ),
    Column(
        "measure",
        Type.CODE,
        "q.measure",
        LAW,
        "What is counted.",
        dict(Measure.choices),
        inert="CHECK insights_question_known_measure",
    ),
    Column("period", Type.TEXT, "nullif(i.period, '')", LAW, "The period counted; empty: all."),
    Column("minimum", Type.INTEGER, "i.minimum", LAW, "The smallest group that is shown."),
    Column("counted_at", Type.MOMENT, "r.counted_at", LAW, "When it was counted; empty: not yet."),
    Column(
        "outcome",
        Type.CODE,
        "r.outcome",
        LAW,
        "Counted, or why not.",
        dict(Outcome.choices),
        inert="CHECK insights_result_known_outcome",
    ),
    Column("groups", Type.INTEGER, f"(SELECT count(*) {CELLS})", LAW, "How many groups the answer has."),
    Column("has_hidden", Type.YES_NO, "r.has_hidden", LAW, "Whether small groups are hidden in it."),
]

DESCRIPTION = Description(
    name="insights",
    about=_("Every question asked for statistics: who asked, about which data, under which rules. Without numbers."),
    law="GDPR Art 5(1)(b), 5(2), 89(1)",
    columns=COLUMNS,
    rows="""
FROM insights_insight AS i JOIN insights_question AS q ON q.id = i.question_id
JOIN catalogue_category AS c ON c.id = q.category_id LEFT JOIN insights_result AS r ON r.insight_id = i.id
WHERE i.asked_at >= %(first)s AND i.asked_at < %(last)s""",
    order=("asked_at", "insight_id"),
    filters=[Filter("outcome", _("Outcome"), "r.outcome", Outcome.choices)],
)
