"""The access log: asks, answers, looks, refused looks and ends of access, straight from the ledger.

The columns of a disclosure log (GDPR Art 5(1)(f), 5(2), 15(1)(c), 30; C-579/21), then the ledger's own event name,
the evaluator's reason for a look, and the entry's hash: with it and `previous_hash` each row is proved by the chain.
No customer's words are in it.
"""

from django.utils.translation import gettext_lazy as _

from consents.access.rules import End, State
from consents.decisions.rules import Why
from consents.exports.describing import Column, Description, Filter, Type
from consents.people.models import Role

# What the event is about: its own categories; of an end, those of its grants; of a no, those that were asked for.
CATEGORIES = """coalesce(
    CASE WHEN facts ? 'category' THEN ARRAY[facts ->> 'category'] END,
    (SELECT array_agg(code) FROM jsonb_array_elements_text(facts -> 'categories') AS code),
    (SELECT array_agg(c.code ORDER BY c.code)
     FROM jsonb_array_elements_text(
         CASE WHEN jsonb_typeof(facts -> 'grants') = 'array' THEN facts -> 'grants' END) AS ended
     JOIN access_grant AS g ON g.id = ended::uuid JOIN catalogue_category AS c ON c.id = g.category_id),
    (SELECT array_agg(c.code ORDER BY c.code)
     FROM access_requestedcategory AS q JOIN catalogue_category AS c ON c.id = q.category_id
     WHERE q.request_id = a.id))"""
LOOKED = "CASE e.event WHEN 'vault.opened' THEN 'allowed' WHEN 'vault.opening_refused' THEN 'refused' END"
BECAME = """CASE WHEN NOT starts_with(e.event, 'vault.')
    THEN coalesce(nullif(e.outcome, ''), split_part(e.event, '.', 2)) END"""
YES = f"'{State.APPROVED}', '{State.PARTLY_APPROVED}'"
# A yes, what was seen by it, and its end. A question, a no and a refused look rest on none.
RESTS_ON_CONSENT = f"""(e.event IN ('vault.opened', 'grant.ended')
    OR e.event = 'access_request.answered' AND e.outcome IN ({YES}))"""
# A place in the company begins with this entry and its rank never changes.
ROLES = """SELECT invited.object AS of, invited.outcome AS role
    FROM people_staffmember AS member JOIN ledger_entry AS invited
        ON invited.object = member.user_id::text AND invited.event = 'staff.invited'"""
EVENTS = [
    ("access_request.filed", _("asked")),
    ("access_request.answered", _("answered with a yes")),
    ("access_request.denied", _("answered with a no")),
    ("access_request.cancelled", _("cancelled")),
    ("access_request.expired", _("not answered in time")),
    ("access_request.wait_lifted", _("may be asked again")),
    ("vault.opened", _("looked")),
    ("vault.opening_refused", _("refused a look")),
    ("grant.ended", _("access ended")),
]
ROWS = f"""
FROM ledger_entry AS e
LEFT JOIN access_accessrequest AS a ON a.id = CASE WHEN pg_input_is_valid(e.object, 'uuid') THEN e.object::uuid END
LEFT JOIN catalogue_purposeversion AS version ON version.id = a.version_id
LEFT JOIN ({ROLES}) AS actor ON e.actor_kind = 'staff' AND actor.of = e.actor
CROSS JOIN LATERAL (SELECT e.details::jsonb AS facts OFFSET 0) AS details
WHERE e.occurred_at >= %(first)s AND e.occurred_at < %(last)s
  AND (starts_with(e.event, 'access_request.')
       OR e.event IN ('grant.ended', 'vault.opened', 'vault.opening_refused'))"""

DISCLOSURE = "Art 5(2), 15(1)(c), 30; C-579/21"
# A refused look is a look that never happened: the customer's page of looks does not list it.
COLUMNS = [
    Column("event_id", Type.INTEGER, "e.id", DISCLOSURE, "Number of the ledger entry."),
    Column("occurred_at", Type.MOMENT, "e.occurred_at", DISCLOSURE, "When it happened."),
    Column("subject_ref", Type.UUID, "e.customer", "Art 5(1)(c)", "The customer, by pseudonym."),
    Column("actor_ref", Type.TEXT, "e.actor", "Art 5(2)", "Who did it, by pseudonym; empty: the portal itself."),
    Column(
        "actor_role",
        Type.CODE,
        "coalesce(actor.role, e.actor_kind)",
        "Art 5(2)",
        "As what they did it, at that time.",
        [*Role.values, "customer", "representative", "system", "portal"],
    ),
    Column("purpose", Type.CODE, "e.purpose", "Art 15(1)(a), 30(1)(b)", "Code of the purpose in the catalogue."),
    Column(
        "lawful_basis",
        Type.CODE,
        "version.legal_basis",
        "Art 6, 9",
        "On which basis, as the purpose's version says.",
        ["A6-1-a", "A6-1-b", "A6-1-c", "A6-1-d", "A6-1-e", "A6-1-f"],
        inert="CHECK catalogue_version_known_basis",
    ),
    Column(
        "consent_record_id",
        Type.UUID,
        f"CASE WHEN {RESTS_ON_CONSENT} THEN a.id END",
        "Art 7(1)",
        "The request whose answer is the consent that this rests on; empty where it rests on none.",
    ),
    Column(
        "legal_authority",
        Type.TEXT,
        "NULL::text",
        "Art 6(1)(c); law.md §3",
        "On which legal ground without consent.",
        inert="always empty until there are exemptions",
    ),
    Column("pii_types", Type.LIST, CATEGORIES, "Art 15(1)(b), 30(1)(c)", "Codes of the data categories."),
    Column("recipient", Type.TEXT, "a.asked_team", "Art 15(1)(c)", "The team that asked, as it was called then."),
    Column(
        "outcome",
        Type.CODE,
        LOOKED,
        "Art 5(2)",
        "Of a look: allowed or refused; of anything else empty.",
        ["allowed", "refused"],
        inert="one of our own codes",
    ),
    Column(
        "shown_to_subject",
        Type.YES_NO,
        "(e.event <> 'vault.opening_refused')",
        "Art 12, 15",
        "Whether the customer's own pages list it.",
    ),
    Column("notify_restricted", Type.YES_NO, "false", "law.md §3", "Whether the law forbids telling the customer."),
    Column("restricted_until", Type.MOMENT, "NULL::timestamptz", "law.md §3", "Until when it forbids it."),
    Column("previous_hash", Type.HASH, "e.previous", "Art 5(1)(f)", "Hash of the entry before it in its chain."),
    Column("event", Type.CODE, "e.event", "own", "The ledger's name of what happened.", [code for code, _l in EVENTS]),
    Column(
        "reason_code",
        Type.CODE,
        "CASE WHEN starts_with(e.event, 'vault.') THEN e.outcome END",
        "own",
        "Why a look was allowed or refused.",
        [str(why) for why in Why],
    ),
    Column(
        "event_outcome",
        Type.CODE,
        BECAME,
        "own",
        "What became of a request, or how access ended; of a look empty.",
        [*(str(one) for one in (*State, *End)), "wait_lifted"],
    ),
    Column("request_id", Type.UUID, "a.id", "own", "The access request that it is about."),
    Column("entry_hash", Type.HASH, "e.hash", "Art 5(1)(f)", "Hash of this entry: the next one of its chain names it."),
]

DESCRIPTION = Description(
    name="access_log",
    version=3,
    title=_("Access and disclosure log"),
    about=_("Every ask for access, answer, look, refused look and end of access."),
    law="GDPR Art 5(2), 15(1)(c), 30; C-579/21",
    columns=COLUMNS,
    rows=ROWS,
    order=("occurred_at", "event_id"),
    filters=[Filter("type", _("What happened"), "e.event", EVENTS)],
)
