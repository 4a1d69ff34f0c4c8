"""The access log: requests, managers' decisions, answers, exemptions, openings and ends, straight from the ledger.

The columns of a disclosure log (GDPR Art 5(1)(f), 5(2), 15(1)(c), 30; C-579/21), then the ledger's event name, the
reason for allowing or refusing an opening, and the entry's hash: with `previous_hash` the chain proves each row.
It contains nothing that customers wrote.
"""

from django.utils.translation import gettext_lazy as _

from consents.access import events as access
from consents.access.rules import STEPS_OF_REQUESTS, GrantEnd, ProposalState, RequestState
from consents.access.rules.causes import EndCause
from consents.decisions.rules import DecisionCode
from consents.disclosures import events as disclosures
from consents.exemptions import events as exemptions
from consents.exemptions.rules import ExemptionState
from consents.exports.describing import Column, Description, Filter, Type
from consents.exports.rules import cast_if_valid
from consents.people.models import Role

# The event's own categories; for an end, those of its grants; for a denial, those that were requested.
CATEGORIES = f"""coalesce(
    CASE WHEN facts ? 'category' THEN ARRAY[facts ->> 'category'] END,
    (SELECT array_agg(code) FROM jsonb_array_elements_text(
         CASE WHEN jsonb_typeof(facts -> 'categories') = 'array' THEN facts -> 'categories' END) AS code),
    (SELECT array_agg(c.code ORDER BY c.code)
     FROM jsonb_array_elements_text(
         CASE WHEN jsonb_typeof(facts -> 'grants') = 'array' THEN facts -> 'grants' END) AS ended
     JOIN access_grant AS g ON g.id = {cast_if_valid("ended", "uuid")}
     JOIN catalogue_category AS c ON c.id = g.category_id),
    (SELECT array_agg(c.code ORDER BY c.code)
     FROM access_requestedcategory AS q JOIN catalogue_category AS c ON c.id = q.category_id
     WHERE q.access_request_id = a.id),
    (SELECT array_agg(c.code ORDER BY c.code)
     FROM exemptions_exemptedcategory AS q JOIN catalogue_category AS c ON c.id = q.category_id
     WHERE q.exemption_id = x.id))"""
# Shown to the customer: everything about an exemption that led to access, once no law forbids it.
DELAYS = "FROM exemptions_delay AS d WHERE d.exemption_id = x.id"
WITHHELD = f"(x.id IS NOT NULL AND x.told_at IS NULL AND EXISTS (SELECT {DELAYS} AND d.until > portal.now()))"
SHOWN = f"""(e.event <> 'vault.opening_refused' AND p.id IS NULL AND (x.id IS NULL
    OR EXISTS (SELECT FROM access_grant AS g WHERE g.exemption = x.id) AND NOT {WITHHELD}))"""
BASIS = "CASE x.kind WHEN 'legal_duty' THEN 'A6-1-c' WHEN 'safety' THEN 'A6-1-d' ELSE version.legal_basis END"
AUTHORITY = """CASE x.kind WHEN 'legal_duty' THEN
        concat_ws('; ', x.statute, x.authority, x.order_number, x.ordered_on::text, nullif(x.treaty, ''))
    WHEN 'safety' THEN 'GDPR Art 6(1)(d)' END"""
# A value that the customer wants corrected is looked at because the law of the request says so.
RIGHT = """(SELECT CASE r.regime WHEN 'ccpa' THEN 'Civ 1798.106' WHEN 'uk_gdpr' THEN 'UK GDPR Art 16'
        ELSE 'GDPR Art 16' END
    FROM rights_rightsrequest AS r WHERE r.id::text = e.object)"""
OPENING_OUTCOME = """CASE e.event WHEN 'vault.opened' THEN 'allowed' WHEN 'vault.compared' THEN 'allowed'
    WHEN 'vault.opening_refused' THEN 'refused' END"""
EVENT_OUTCOME = """CASE WHEN NOT starts_with(e.event, 'vault.')
    THEN coalesce(nullif(e.outcome, ''), split_part(e.event, '.', 2)) END"""
YES = f"'{RequestState.APPROVED}', '{RequestState.PARTLY_APPROVED}'"
# An approval, what was opened under it, and its end rest on consent; a request, a denial or a refused opening do not.
RESTS_ON_CONSENT = f"""(e.event IN ('vault.opened', 'grant.ended')
    OR e.event = 'access_request.answered' AND e.outcome IN ({YES}))"""
# Of a step of a request that has no outcome, the outcome is its name.
OWN_OUTCOMES = [event.partition(".")[2] for event in STEPS_OF_REQUESTS]
# The role that a member had, from one of these entries to the next.
ROLES = """SELECT placed.object AS of, placed.outcome AS role, placed.id AS first,
        lead(placed.id) OVER (PARTITION BY placed.object ORDER BY placed.id) AS next
    FROM people_staffmember AS member JOIN ledger_entry AS placed
        ON placed.object = member.user_id::text
        AND placed.event IN ('staff.invited', 'staff.moved', 'staff.returned')"""
LOGGED = access.EVENTS | exemptions.EVENTS | disclosures.EVENTS
EVENTS = [(event, words.export) for event, words in LOGGED.items() if words.export]
ROWS = f"""
FROM ledger_entry AS e
LEFT JOIN access_accessrequest AS a ON a.id = CASE WHEN pg_input_is_valid(e.object, 'uuid') THEN e.object::uuid END
LEFT JOIN exemptions_exemption AS x ON x.id = CASE WHEN pg_input_is_valid(e.object, 'uuid') THEN e.object::uuid END
LEFT JOIN access_proposedrequest AS p ON p.id = CASE WHEN pg_input_is_valid(e.object, 'uuid') THEN e.object::uuid END
LEFT JOIN catalogue_purposeversion AS version ON version.id = coalesce(a.version_id, x.version_id, p.version_id)
LEFT JOIN ({ROLES}) AS actor ON e.actor_kind = 'staff' AND actor.of = e.actor
    AND e.id >= actor.first AND (actor.next IS NULL OR e.id < actor.next)
CROSS JOIN LATERAL (SELECT e.details::jsonb AS facts OFFSET 0) AS details
WHERE e.occurred_at >= %(first)s AND e.occurred_at < %(last)s
  AND (starts_with(e.event, 'access_request.') OR starts_with(e.event, 'proposed_request.')
       OR starts_with(e.event, 'exemption.')
       OR e.event IN ('grant.ended', 'vault.opened', 'vault.opening_refused', 'vault.compared'))"""

DISCLOSURE = "Art 5(2), 15(1)(c), 30; C-579/21"
# A refused opening showed nothing, so the customer's activity page does not list it.
COLUMNS = [
    Column("event_id", Type.INTEGER, "e.id", DISCLOSURE, "Number of the ledger entry."),
    Column("occurred_at", Type.MOMENT, "e.occurred_at", DISCLOSURE, "When it happened."),
    Column("subject_ref", Type.UUID, "e.customer", "Art 5(1)(c)", "The customer, by pseudonym."),
    Column("actor_ref", Type.TEXT, "e.actor", "Art 5(2)", "Who acted, by pseudonym; empty: the portal itself."),
    Column(
        "actor_role",
        Type.CODE,
        "coalesce(actor.role, e.actor_kind)",
        "Art 5(2)",
        "The role they acted in at that time.",
        dict(Role.choices) | {who: who for who in ("customer", "representative", "system", "portal")},
    ),
    Column("purpose", Type.CODE, "e.purpose", "Art 15(1)(a), 30(1)(b)", "Code of the purpose in the catalogue."),
    Column(
        "lawful_basis",
        Type.CODE,
        f"CASE WHEN e.event = 'vault.compared' THEN 'A6-1-c' ELSE {BASIS} END",
        "Art 6, 9",
        "Legal basis stated by the version of the purpose; for an exemption, that of its ground.",
        ["A6-1-a", "A6-1-b", "A6-1-c", "A6-1-d", "A6-1-e", "A6-1-f"],
        inert="CHECK catalogue_version_known_basis",
    ),
    Column(
        "consent_record_id",
        Type.UUID,
        f"CASE WHEN {RESTS_ON_CONSENT} THEN a.id END",
        "Art 7(1)",
        "The request whose answer is the consent for this event; empty if it rests on none.",
    ),
    Column(
        "legal_authority",
        Type.TEXT,
        f"CASE WHEN e.event = 'vault.compared' THEN {RIGHT} ELSE {AUTHORITY} END",
        "Art 6(1)(c), 6(1)(d), 48",
        "Legal ground for disclosure without consent: law, authority, order and its date, agreement; else empty.",
    ),
    Column("pii_types", Type.LIST, CATEGORIES, "Art 15(1)(b), 30(1)(c)", "Codes of the data categories."),
    Column(
        "recipient",
        Type.TEXT,
        "coalesce(a.asked_team, x.asked_team)",
        "Art 15(1)(c)",
        "The team that asked, by its name at that time.",
    ),
    Column(
        "outcome",
        Type.CODE,
        OPENING_OUTCOME,
        "Art 5(2)",
        "For an opening: allowed or refused; otherwise empty.",
        ["allowed", "refused"],
        inert="one of our own codes",
    ),
    Column(
        "shown_to_subject",
        Type.YES_NO,
        SHOWN,
        "Art 12, 15",
        "Whether the customer's own pages show it.",
    ),
    Column(
        "notify_restricted",
        Type.YES_NO,
        WITHHELD,
        "Art 23; 18 USC 2705(b)",
        "Whether a law forbids telling the customer now.",
    ),
    Column(
        "restricted_until",
        Type.MOMENT,
        f"(SELECT max(d.until) {DELAYS})",
        "Art 23; 18 USC 2705(b)",
        "Until when it forbids or forbade it.",
    ),
    Column("previous_hash", Type.HASH, "e.previous", "Art 5(1)(f)", "Hash of the previous entry in the same chain."),
    Column("event", Type.CODE, "e.event", "own", "The ledger's name for the event.", dict(EVENTS)),
    Column(
        "reason_code",
        Type.CODE,
        "CASE WHEN starts_with(e.event, 'vault.') THEN e.outcome END",
        "own",
        "Why the opening was allowed or refused.",
        [str(why) for why in DecisionCode],
    ),
    Column(
        "event_outcome",
        Type.CODE,
        EVENT_OUTCOME,
        "own",
        "Outcome of a request, a manager's decision or an exemption, or how access ended; empty for an opening.",
        list(dict.fromkeys([*map(str, (*RequestState, *ProposalState, *GrantEnd, *ExemptionState)), *OWN_OUTCOMES])),
    ),
    Column(
        "end_cause",
        Type.CODE,
        "facts ->> 'cause'",
        "own",
        "Why a request or its access ended, other than by an answer or by silence.",
        [str(cause) for cause in EndCause],
    ),
    Column(
        "answered_through",
        Type.CODE,
        "CASE WHEN e.event = 'access_request.answered' THEN coalesce(facts ->> 'channel', 'portal') END",
        "own",
        "How an answer came. By phone: the actor is the officer who recorded it, after a code proved the caller.",
        ["portal", "phone"],
        inert="one of our own codes",
    ),
    Column("request_id", Type.UUID, "a.id", "own", "The access request it belongs to."),
    Column("proposal_id", Type.UUID, "p.id", "own", "The request that the requester's manager was to agree to first."),
    Column("exemption_id", Type.UUID, "x.id", "own", "The exemption it belongs to, where it rests on no answer."),
    Column(
        "entry_hash", Type.HASH, "e.hash", "Art 5(1)(f)", "Hash of this entry, repeated by the next entry of its chain."
    ),
]

DESCRIPTION = Description(
    name="access_log",
    version=6,
    about=_("Every access request, answer, exemption, opening, refused opening and end of access."),
    law="GDPR Art 5(2), 15(1)(c), 30; C-579/21",
    columns=COLUMNS,
    rows=ROWS,
    order=("occurred_at", "event_id"),
    filters=[Filter("type", _("What happened"), "e.event", EVENTS)],
)
