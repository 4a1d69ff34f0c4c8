"""Signs that staff went round a customer, found in the period, with what came of each: straight from the ledger."""

from django.utils.translation import gettext_lazy as _

from consents.exemptions.bypasses import WORDS
from consents.exemptions.rules import BypassFinding
from consents.exports.describing import Column, Description, Filter, Type

LAW = "Art 5(1)(f), 5(2), 32, 33"
COLUMNS = [
    Column("alert_id", Type.UUID, "f.object::uuid", LAW, "The case."),
    Column("found_at", Type.MOMENT, "f.occurred_at", LAW, "When the portal found the sign."),
    Column("sign", Type.CODE, "f.outcome", LAW, "What it found.", WORDS),
    Column("happened_at", Type.MOMENT, "(facts ->> 'happened_at')::timestamptz", LAW, "When it happened."),
    Column("actor_ref", Type.UUID, "(facts ->> 'staff')::uuid", "Art 5(2)", "Who acted, by pseudonym."),
    Column(
        "subject_ref",
        Type.UUID,
        "(facts ->> 'about')::uuid",
        "Art 5(1)(c)",
        "The customer, by pseudonym; empty: many customers under one case number.",
    ),
    Column("event", Type.CODE, "facts ->> 'event'", "own", "The ledger's name for the act it was found by."),
    Column(
        "outcome",
        Type.CODE,
        "d.outcome",
        LAW,
        "What came of it; empty: not decided yet.",
        dict(BypassFinding.choices),
    ),
    Column("decided_by", Type.TEXT, "d.actor", "Art 5(2)", "The compliance officer who decided it, by pseudonym."),
    Column("decided_at", Type.MOMENT, "d.occurred_at", LAW, "When it was decided."),
]

DESCRIPTION = Description(
    name="alerts",
    about=_("Every sign that staff went round a customer: who acted, who looked into it, what came of it."),
    law="GDPR Art 5(1)(f), 5(2), 32, 33",
    columns=COLUMNS,
    rows="""
FROM ledger_entry AS f LEFT JOIN ledger_entry AS d
    ON d.object = f.object AND d.event = 'bypass.decided' AND d.object_type = 'bypass_alert'
CROSS JOIN LATERAL (SELECT f.details::jsonb AS facts OFFSET 0) AS details
WHERE f.object_type = 'bypass_alert' AND f.event = 'bypass.found'
  AND f.occurred_at >= %(first)s AND f.occurred_at < %(last)s""",
    order=("found_at", "alert_id"),
    filters=[Filter("sign", _("Sign"), "f.outcome", [(str(kind), words) for kind, words in WORDS.items()])],
)
