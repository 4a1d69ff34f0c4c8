"""List who had which role among staff in the period: from when to when, given and taken away by whom."""

from django.utils.translation import gettext_lazy as _

from consents.exports.describing import Column, Description, Filter, Type, mark_changes
from consents.people.models import Role

LAW = "Art 5(1)(f), 29, 32(4)"
COLUMNS = [
    Column("handler_ref", Type.UUID, "s.user_id", "Art 5(2)", "The member of staff, by pseudonym."),
    Column("role", Type.CODE, "s.role", LAW, "What they may do.", dict(Role.choices)),
    Column("team", Type.TEXT, "s.team", LAW, "The team they work in, by its name now."),
    Column("manager_ref", Type.TEXT, "s.manager_id::text", LAW, "Who must agree to their requests now, by pseudonym."),
    Column("from_moment", Type.MOMENT, "s.started_at", LAW, "Since when they have had the role."),
    Column(
        "given_by",
        Type.TEXT,
        "given.actor",
        "Art 5(2)",
        "Who invited them, by pseudonym; empty: the command line.",
    ),
    Column(
        "officer_proposed_by",
        Type.TEXT,
        "made.proposed_by_id::text",
        LAW,
        "Of an officer made by two others, who proposed it, by pseudonym; empty: the command line, or the company’s "
        "sign-in.",
    ),
    Column("officer_approved_by", Type.TEXT, "made.approved_by_id::text", LAW, "Who approved it, by pseudonym."),
    Column("until_moment", Type.MOMENT, "s.ended_at", LAW, "When it was taken away; empty: they have it still."),
    Column("taken_by", Type.TEXT, "taken.actor", "Art 5(2)", "Who took it away, by pseudonym."),
    mark_changes(
        "coalesce(s.ended_at >= %(last)s, false)",
        "Whether it was taken away after the period ended.",
    ),
]
NEWEST = """LEFT JOIN LATERAL (SELECT nullif(e.actor, '') AS actor FROM ledger_entry AS e
    WHERE e.object = s.user_id::text AND e.object_type = 'user' AND e.event = '{event}'
    ORDER BY e.id DESC LIMIT 1) AS {name} ON true"""

DESCRIPTION = Description(
    name="staff_rights",
    about=_("Every member of staff with a role in the period: from when to when, given and taken away by whom."),
    law="GDPR Art 5(1)(f), 32(4)",
    columns=COLUMNS,
    rows=f"""
FROM people_staffmember AS s
{NEWEST.format(event="staff.invited", name="given")}
{NEWEST.format(event="staff.ended", name="taken")}
LEFT JOIN LATERAL (SELECT p.proposed_by_id, p.approved_by_id FROM people_staffproposal AS p
    WHERE p.member_id = s.user_id AND p.role = s.role AND p.approved_at < %(last)s
    ORDER BY p.approved_at DESC LIMIT 1) AS made ON true
WHERE s.started_at < %(last)s AND (s.ended_at IS NULL OR s.ended_at >= %(first)s)""",
    order=("from_moment", "handler_ref"),
    filters=[Filter("role", _("Role"), "s.role", Role.choices)],
)
