"""Exemptions filed in the period: the ground, who decided, when it was checked and told. No words that were typed."""

from django.utils.translation import gettext_lazy as _

from consents.access.rules import Ground
from consents.exemptions.models import Kind, WhyUnasked
from consents.exemptions.rules import ExemptionState
from consents.exports.datasets.access_log import AUTHORITY, DELAYS, WITHHELD
from consents.exports.describing import Column, Description, Filter, Type

LAW = "Art 5(2), 6(1)(c), 6(1)(d)"
# What nobody checked in time ended then, whether that is recorded yet or not.
STATE = f"""CASE WHEN x.state = '{ExemptionState.OPENED}' AND x.check_by <= portal.now()
    THEN '{ExemptionState.UNCHECKED}' ELSE x.state END"""
CATEGORIES = """(SELECT array_agg(c.code ORDER BY c.code) FROM exemptions_exemptedcategory AS q
    JOIN catalogue_category AS c ON c.id = q.category_id WHERE q.exemption_id = x.id)"""
OF_GRANTS = "FROM access_grant AS g WHERE g.exemption = x.id"
LOOKS = """(SELECT count(*) FROM disclosures_opening AS o JOIN access_grant AS g ON g.id = o.grant_id
    WHERE g.exemption = x.id)"""

COLUMNS = [
    Column("exemption_id", Type.UUID, "x.id", LAW, "The exemption, as the access log names it."),
    Column("filed_at", Type.MOMENT, "x.filed_at", LAW, "When it was filed."),
    Column("subject_ref", Type.UUID, "x.customer_id", "Art 5(1)(c)", "The customer, by pseudonym."),
    Column("actor_ref", Type.UUID, "x.staff_id", "Art 5(2)", "Who filed it, by pseudonym."),
    Column("recipient", Type.TEXT, "x.asked_team", "Art 15(1)(c)", "Their team, by its name at that time."),
    Column(
        "ground",
        Type.CODE,
        "x.kind",
        "Art 6(1)(c), 6(1)(d)",
        "A legal duty, or an emergency.",
        [str(ground) for ground in Ground if ground != Ground.ANSWER],
        inert="CHECK exemptions_exemption_whole_ground",
    ),
    Column("legal_authority", Type.TEXT, AUTHORITY, "Art 6, 48", "Law, authority, order and its date, agreement."),
    Column("purpose", Type.CODE, "p.code", "Art 30(1)(b)", "Code of the purpose in the catalogue."),
    Column("pii_types", Type.LIST, CATEGORIES, "Art 30(1)(c)", "Codes of the data categories: the scope given."),
    Column(
        "request_id",
        Type.UUID,
        "x.access_request_id",
        "own",
        "The request to the customer that was made first or beside.",
    ),
    Column(
        "why_unasked",
        Type.CODE,
        "nullif(x.why_unasked, '')",
        "own",
        "Why the customer was not asked.",
        dict(WhyUnasked.choices),
        inert="CHECK exemptions_exemption_asked_or_why_not",
    ),
    Column("opened_at_once", Type.YES_NO, "x.check_by IS NOT NULL", "own", "Opened before anyone had decided."),
    Column("check_by", Type.MOMENT, "x.check_by", "own", "Until when a second officer had to check it."),
    Column("state", Type.CODE, STATE, "own", "What became of it.", [str(state) for state in ExemptionState]),
    Column("decided_by", Type.UUID, "x.decided_by_id", "Art 5(2)", "The officer who decided or checked it."),
    Column("decided_at", Type.MOMENT, "x.decided_at", "Art 5(2)", "When it was decided, marked or taken back."),
    Column(
        "access_until", Type.MOMENT, f"(SELECT max(coalesce(g.ended_at, g.ends_at)) {OF_GRANTS})", "own", "Until when."
    ),
    Column("looks", Type.INTEGER, LOOKS, "Art 15(1)(c); C-579/21", "How often data was opened under it."),
    Column("told_at", Type.MOMENT, "x.told_at", "Art 12, 14", "When the customer was told."),
    Column("notify_restricted", Type.YES_NO, WITHHELD, "Art 23; 18 USC 2705(b)", "Whether a law forbids telling now."),
    Column("restricted_until", Type.MOMENT, f"(SELECT max(d.until) {DELAYS})", "Art 23; 18 USC 2705(b)", "Until when."),
    Column("delays", Type.INTEGER, f"(SELECT count(*) {DELAYS})", "Art 23", "How often telling was delayed."),
]

DESCRIPTION = Description(
    name="exemptions",
    about=_("Every access without the customer’s answer: ground, two people, and when the customer was told."),
    law="GDPR Art 5(2), 6(1)(c), 6(1)(d), 23, 48",
    columns=COLUMNS,
    rows="""
FROM exemptions_exemption AS x JOIN catalogue_purpose AS p ON p.id = x.purpose_id
WHERE x.filed_at >= %(first)s AND x.filed_at < %(last)s""",
    order=("filed_at", "exemption_id"),
    filters=[Filter("ground", _("Ground"), "x.kind", Kind.choices)],
)
