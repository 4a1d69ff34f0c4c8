"""List who changed what customers are asked for, and who may ask: by the ledger, with both officers of an end."""

from django.utils.translation import gettext_lazy as _

from consents.exports.describing import Column, Description, Filter, Type
from consents.exports.rules import cast_if_valid

LAW = "Art 5(2), 24"
STEPS = {
    "category.drafted": _("a kind of data was drafted"),
    "category.changed": _("a draft of a kind of data was changed"),
    "category.published": _("a kind of data was published"),
    "recipient.drafted": _("a recipient was recorded"),
    "recipient.changed": _("a recipient was changed"),
    "purpose.drafted": _("a purpose was drafted"),
    "purpose.changed": _("a purpose was changed: its use, its times or its teams"),
    "purpose_version.drafted": _("a version of a purpose was drafted"),
    "purpose_version.changed": _("a draft of a version was changed"),
    "purpose_version.published": _("a version of a purpose came into force"),
    "retirement.proposed": _("an officer asked for the end of a purpose"),
    "retirement.cancelled": _("the end of a purpose was taken back or refused"),
    "purpose.retired": _("a purpose ended"),
    "sentence_template.drafted": _("a ready-made sentence was drafted"),
    "sentence_template.changed": _("a draft of a ready-made sentence was changed"),
    "sentence_template.published": _("a ready-made sentence was published"),
    "sentence_template.retired": _("a ready-made sentence was retired"),
}
EVENTS = ", ".join(f"'{event}'" for event in STEPS)
COLUMNS = [
    Column("moment", Type.MOMENT, "e.occurred_at", LAW, "When it was done."),
    Column("step", Type.CODE, "e.event", LAW, "What was done.", STEPS),
    Column(
        "code",
        Type.CODE,
        "coalesce(nullif(e.purpose, ''), e.outcome)",
        "Art 5(1)(b)",
        "Code of the purpose, the kind of data, the recipient or the ready-made sentence.",
    ),
    Column(
        "version_number",
        Type.INTEGER,
        cast_if_valid("facts ->> 'number'", "int"),
        "own",
        "Which version of it, if any.",
    ),
    Column(
        "actor_ref",
        Type.TEXT,
        "nullif(e.actor, '')",
        "Art 5(2)",
        "Who did it, by pseudonym; empty: the command line, or a restoration.",
    ),
    Column(
        "proposed_by",
        Type.TEXT,
        "facts ->> 'proposed_by'",
        LAW,
        "Of a purpose that ended: the officer who asked for it, by pseudonym.",
    ),
    Column(
        "confirmed_by",
        Type.TEXT,
        "facts ->> 'confirmed_by'",
        LAW,
        "Of a purpose that ended: the other officer, who confirmed it, by pseudonym.",
    ),
    Column(
        "teams",
        Type.LIST,
        """ARRAY(SELECT jsonb_array_elements_text(
            CASE WHEN jsonb_typeof(facts -> 'teams') = 'array' THEN facts -> 'teams' END))""",
        "Art 25(2), 32(4)",
        "Of a purpose that was drafted or changed: the teams that may ask for it from then on; empty: every team.",
    ),
]

DESCRIPTION = Description(
    name="catalogue",
    about=_("Purposes, kinds of data, recipients, teams and ready-made sentences: who changed what, and when."),
    law="GDPR Art 5(2), 24",
    columns=COLUMNS,
    rows=f"""
FROM ledger_entry AS e
CROSS JOIN LATERAL (SELECT e.details::jsonb AS facts OFFSET 0) AS details
WHERE e.event IN ({EVENTS}) AND e.occurred_at >= %(first)s AND e.occurred_at < %(last)s""",
    order=("moment", "step", "code"),
    filters=[Filter("step", _("What was done"), "e.event", list(STEPS.items()))],
)
