"""Blocks that customers placed in the period. Whom they block stays with the customer: staff are not told."""

from django.utils.translation import gettext_lazy as _

from consents.access.rules.blocks import BlockKind
from consents.exports.describing import Column, Description, Filter, Type

LAW = "Art 5(2), 7(3), 25"
COLUMNS = [
    Column("block_id", Type.UUID, "b.id", LAW, "The block."),
    Column("placed_at", Type.MOMENT, "b.placed_at", LAW, "When the customer placed it."),
    Column("subject_ref", Type.UUID, "b.customer_id", "Art 5(1)(c)", "The customer, by pseudonym."),
    Column(
        "scope",
        Type.CODE,
        "b.kind",
        LAW,
        "One person, a team, or everybody; not who.",
        dict(BlockKind.choices),
        inert="CHECK access_block_names_whom",
    ),
    Column("lifted_at", Type.MOMENT, "b.lifted_at", LAW, "When the customer ended it; empty: it stands."),
]

DESCRIPTION = Description(
    name="blocks",
    about=_("Every standing no of a customer to a person, a team or everybody; not to whom."),
    law="GDPR Art 5(2), 7(3), 25",
    columns=COLUMNS,
    rows="""
FROM access_block AS b WHERE b.placed_at >= %(first)s AND b.placed_at < %(last)s""",
    order=("placed_at", "block_id"),
    filters=[Filter("scope", _("Whom they block"), "b.kind", BlockKind.choices)],
)
