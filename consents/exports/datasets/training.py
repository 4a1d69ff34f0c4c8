"""The training register: who was attested to which module in the period, and until when it counts (11 CCR 7100)."""

from django.utils.translation import gettext_lazy as _

from consents.exports.describing import Column, Description, Type
from consents.people.models import Role

LAW = "7100; Art 32(4), 39(1)(b)"
COLUMNS = [
    Column("attestation_id", Type.UUID, "t.attempt_id", LAW, "The attestation."),
    Column("attested_at", Type.MOMENT, "t.attested_at", LAW, "When the member passed and attested."),
    Column("handler_ref", Type.UUID, "t.member_id", LAW, "The member of staff, by pseudonym."),
    Column("role", Type.CODE, "s.role", LAW, "The role they work in.", dict(Role.choices)),
    Column("module", Type.TEXT, "t.code", LAW, "Code of the module."),
    Column("module_version", Type.INTEGER, "t.number", LAW, "Which version of its text and questions."),
    Column("is_required", Type.YES_NO, "v.required", LAW, "Whether nobody may ask or look without it."),
    Column("score", Type.INTEGER, "t.score", LAW, "Right answers, in percent."),
    Column("pass_mark", Type.INTEGER, "v.pass_mark", LAW, "How many it takes, in percent."),
    Column("valid_until", Type.MOMENT, "t.valid_until", LAW, "Until when it counts."),
    Column("left_at", Type.MOMENT, "s.ended_at", "own", "When the member left the staff."),
]

DESCRIPTION = Description(
    name="training",
    about=_("Every attestation of staff: module, version, score, and until when it counts."),
    law="11 CCR 7100; GDPR Art 32(4)",
    columns=COLUMNS,
    rows="""
FROM training_attestation AS t JOIN people_staffmember AS s ON s.user_id = t.member_id
JOIN training_attempt AS a ON a.id = t.attempt_id JOIN training_moduleversion AS v ON v.id = a.version_id
WHERE t.attested_at >= %(first)s AND t.attested_at < %(last)s""",
    order=("attested_at", "attestation_id"),
)
