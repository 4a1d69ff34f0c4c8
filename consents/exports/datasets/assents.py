"""List what single holders of a shared account agreed to in the period, before every other holder had."""

from django.utils.translation import gettext_lazy as _

from consents.exports.describing import Column, Description, Filter, Type
from consents.people.models import JointAssent

MATTERS = [("access_request", _("access request")), *JointAssent.Matter.choices]
LAW = "Art 4(11), 5(2), 7(1)"
COLUMNS = [
    Column("assent_id", Type.UUID, "a.id", LAW, "The holder’s yes."),
    Column("given_at", Type.MOMENT, "a.given_at", LAW, "When the holder agreed."),
    Column("subject_ref", Type.UUID, "a.customer_id", "Art 5(1)(c)", "The customer, by pseudonym."),
    Column("holder_ref", Type.UUID, "a.given_by_id", LAW, "The holder’s account, by pseudonym."),
    Column("matter", Type.CODE, "a.matter", LAW, "What they agreed to.", dict(MATTERS)),
    Column("object_ref", Type.TEXT, "a.object", LAW, "Which one: the request, or the number of the text’s version."),
    Column("purpose", Type.TEXT, "a.purpose", LAW, "Its purpose; empty for a privacy request."),
    Column(
        "ended_at",
        Type.MOMENT,
        "a.ended_at",
        LAW,
        "When it ended, with the last holder’s yes or the first no; empty: it waits, or the request says how it ended.",
    ),
]
ROWS = """
FROM (
    SELECT s.id, s.given_at, s.customer_id, s.given_by_id, 'access_request' AS matter, r.id::text AS object,
        p.code AS purpose, NULL::timestamptz AS ended_at
    FROM access_assent AS s JOIN access_accessrequest AS r ON r.id = s.access_request_id
        JOIN catalogue_purpose AS p ON p.id = r.purpose_id
    UNION ALL
    SELECT s.id, s.given_at, s.customer_id, s.given_by_id, s.matter, s.object, p.code, s.ended_at
    FROM people_jointassent AS s
        LEFT JOIN catalogue_purposeversion AS v ON s.matter = 'joint_consent' AND v.id::text = s.object
        LEFT JOIN catalogue_purpose AS p ON p.id = v.purpose_id
) AS a
WHERE a.given_at >= %(first)s AND a.given_at < %(last)s"""

DESCRIPTION = Description(
    name="assents",
    about=_("What single holders of a shared account agreed to, before every other holder had."),
    law="GDPR Art 4(11), 5(2), 7(1)",
    columns=COLUMNS,
    rows=ROWS,
    order=("given_at", "assent_id"),
    filters=[Filter("matter", _("What they agreed to"), "a.matter", MATTERS)],
)
