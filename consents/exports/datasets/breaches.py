"""Data breaches noticed in the period: facts, effects and remedies, who was told when, or why not (GDPR Art 33(5))."""

from django.utils.translation import gettext_lazy as _

from consents.breaches.rules import Harm, Risk, WhyNotTold
from consents.exports.describing import Column, Description, Filter, Type, mark_changes

LAW = "Art 33(5)"
COLUMNS = [
    Column("breach_id", Type.UUID, "b.id", LAW, "The breach."),
    Column("noticed_at", Type.MOMENT, "b.noticed_at", "Art 33(1)", "When the company became aware of it."),
    Column("recorded_at", Type.MOMENT, "b.recorded_at", "Art 5(2)", "When an officer recorded it."),
    Column("recorded_by", Type.UUID, "b.recorded_by_id", "Art 5(2)", "The officer who recorded it, by pseudonym."),
    Column("summary", Type.TEXT, "b.summary", LAW, "What happened, as the officer typed it."),
    Column("assessed_at", Type.MOMENT, "judged.assessed_at", LAW, "When it was assessed last; empty: not yet."),
    Column(
        "harms",
        Type.LIST,
        "ARRAY(SELECT jsonb_array_elements_text(judged.harms))",
        "Art 4(12)",
        "What happened to the data.",
        dict(Harm.choices),
    ),
    Column(
        "categories",
        Type.LIST,
        "ARRAY(SELECT jsonb_array_elements_text(judged.categories))",
        "Art 33(3)(a)",
        "The data categories concerned, by code.",
    ),
    Column("people_about", Type.INTEGER, "judged.people", "Art 33(3)(a)", "About how many people it concerns."),
    Column("records_about", Type.INTEGER, "judged.records", "Art 33(3)(a)", "About how many records it concerns."),
    Column("risk", Type.CODE, "judged.risk", "Art 33(1), 34(1)", "The risk for these people.", dict(Risk.choices)),
    Column("consequences", Type.TEXT, "judged.consequences", "Art 33(3)(c)", "What it may lead to, as it was typed."),
    Column("measures", Type.TEXT, "judged.measures", "Art 33(3)(d)", "What was done, as it was typed."),
    Column(
        "authority_due_at",
        Type.MOMENT,
        "b.noticed_at + interval '72 hours'",
        "Art 33(1)",
        "Until when the authority had to be told.",
    ),
    Column("authority_told_at", Type.MOMENT, "told.told_at", "Art 33(1)", "When it was told first; empty: it was not."),
    Column("authority", Type.TEXT, "told.authority", "Art 55", "The authority, as it was typed."),
    Column("authority_file", Type.TEXT, "told.reference", "Art 5(2)", "Its file number, as it was typed."),
    Column(
        "why_late_or_not",
        Type.TEXT,
        "coalesce(nullif(told.why, ''), untold.why)",
        "Art 33(1)",
        "Why it was told later than 72 hours, or not at all, as it was typed.",
    ),
    Column("people_told", Type.INTEGER, "coalesce(people.told, 0)", "Art 34(1)", "How many customers were told."),
    Column("people_read", Type.INTEGER, "coalesce(people.read, 0)", "Art 5(2)", "How many confirmed having read it."),
    Column("people_told_from", Type.MOMENT, "people.first", "Art 34(1)", "When the first of them was told."),
    Column("people_told_until", Type.MOMENT, "people.last", "Art 34(1)", "When the last of them was told."),
    Column(
        "words_by", Type.UUID, "said.proposed_by_id", "Art 5(2)", "The officer who wrote their words, by pseudonym."
    ),
    Column("words_agreed_by", Type.UUID, "said.decided_by_id", "Art 5(2)", "The other officer, who agreed to them."),
    Column(
        "why_people_not_told",
        Type.CODE,
        "nullif(c.why_not_told, '')",
        "Art 34(1), 34(3)",
        "Why people were not told one by one.",
        dict(WhyNotTold.choices),
    ),
    Column("lessons", Type.TEXT, "c.lessons", LAW, "What was learnt, as it was typed."),
    Column("closed_at", Type.MOMENT, "c.closed_at", "Art 5(2)", "When the case was closed; empty: it is open."),
    Column("closed_by", Type.UUID, "c.closed_by_id", "Art 5(2)", "The officer who closed it, by pseudonym."),
    mark_changes(
        "coalesce(greatest(c.closed_at, judged.assessed_at, told.recorded_at, people.last) >= %(last)s, false)",
        "Whether a step was taken after the period ended.",
    ),
]

DESCRIPTION = Description(
    name="breaches",
    about=_("Every data breach noticed: what happened, how it was judged, when authority and people were told."),
    law="GDPR Art 33, 34",
    columns=COLUMNS,
    rows="""
FROM breaches_breach AS b
LEFT JOIN breaches_closing AS c ON c.breach_id = b.id
LEFT JOIN LATERAL (SELECT a.* FROM breaches_assessment AS a WHERE a.breach_id = b.id
    ORDER BY a.assessed_at DESC, a.id DESC LIMIT 1) AS judged ON true
LEFT JOIN LATERAL (SELECT n.* FROM breaches_authoritynotice AS n WHERE n.breach_id = b.id AND n.told_at IS NOT NULL
    ORDER BY n.told_at, n.id LIMIT 1) AS told ON true
LEFT JOIN LATERAL (SELECT n.why FROM breaches_authoritynotice AS n WHERE n.breach_id = b.id AND n.told_at IS NULL
    ORDER BY n.recorded_at DESC, n.id DESC LIMIT 1) AS untold ON true
LEFT JOIN LATERAL (SELECT a.proposed_by_id, a.decided_by_id FROM breaches_announcement AS a
    WHERE a.breach_id = b.id AND a.is_agreed ORDER BY a.decided_at DESC, a.id DESC LIMIT 1) AS said ON true
LEFT JOIN LATERAL (SELECT count(p.told_at) AS told, count(p.read_at) AS read, min(p.told_at) AS first,
        max(p.told_at) AS last
    FROM breaches_breachnotice AS p JOIN breaches_announcement AS a ON a.id = p.announcement_id
    WHERE a.breach_id = b.id) AS people ON true
WHERE b.noticed_at >= %(first)s AND b.noticed_at < %(last)s""",
    order=("noticed_at", "breach_id"),
    filters=[Filter("risk", _("Risk"), "judged.risk", Risk.choices)],
)
