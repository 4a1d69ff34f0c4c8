"""The access log: asks, answers, looks, refused looks and ends of access, straight from the ledger.

The columns of a disclosure log (GDPR Art 5(1)(f), 5(2), 15(1)(c), 30; C-579/21), then the ledger's own event name,
the evaluator's reason for a look, and the entry's hash: with it and `previous_hash` each row is proved by the chain.
No customer's words are in it.
"""

from consents.exports.cells import safe

# What the event is about: its own categories; of an end, those of its grants; of a no, those that were asked for.
CATEGORIES = """coalesce(
    facts ->> 'category',
    (SELECT string_agg(code, ' ') FROM jsonb_array_elements_text(facts -> 'categories') AS code),
    (SELECT string_agg(c.code, ' ' ORDER BY c.code)
     FROM jsonb_array_elements_text(
         CASE WHEN jsonb_typeof(facts -> 'grants') = 'array' THEN facts -> 'grants' END) AS ended
     JOIN access_grant AS g ON g.id = ended::uuid JOIN catalogue_category AS c ON c.id = g.category_id),
    (SELECT string_agg(c.code, ' ' ORDER BY c.code)
     FROM access_requestedcategory AS q JOIN catalogue_category AS c ON c.id = q.category_id
     WHERE q.request_id = r.id))"""

OUTCOME = """CASE e.event
    WHEN 'vault.opened' THEN 'allowed'
    WHEN 'vault.opening_refused' THEN 'refused'
    ELSE coalesce(nullif(e.outcome, ''), split_part(e.event, '.', 2)) END"""

# A refused look is a look that never happened: the customer's page of looks does not list it.
COLUMNS = {
    "event_id": "e.id",
    "occurred_at": "to_json(e.occurred_at) #>> '{}'",
    "subject_ref": "e.customer",
    "actor_ref": safe("e.actor"),
    "actor_role": safe("coalesce(actor.role, e.actor_kind)"),
    "purpose": safe("e.purpose"),
    "lawful_basis": safe("version.legal_basis"),
    "consent_record_id": "r.id",
    "legal_authority": "NULL::text",
    "pii_types": safe("codes"),
    "recipient": safe("asker.team"),
    "outcome": safe("result"),
    "shown_to_subject": "(e.event <> 'vault.opening_refused')::text",
    "notify_restricted": "'false'",
    "restricted_until": "NULL::timestamptz",
    "previous_hash": "encode(e.previous, 'hex')",
    "event": safe("e.event"),
    "reason_code": "CASE WHEN starts_with(e.event, 'vault.') THEN " + safe("e.outcome") + " END",
    "entry_hash": "encode(e.hash, 'hex')",
}

# Parameters: the first moment, and the one after the last.
QUERY = f"""
SELECT {", ".join(f"{sql} AS {name}" for name, sql in COLUMNS.items())}
FROM ledger_entry AS e
LEFT JOIN access_accessrequest AS r ON r.id = CASE WHEN pg_input_is_valid(e.object, 'uuid') THEN e.object::uuid END
LEFT JOIN catalogue_purposeversion AS version ON version.id = r.version_id
LEFT JOIN people_staffmember AS asker ON asker.user_id = r.staff_id
LEFT JOIN people_staffmember AS actor
    ON e.actor_kind = 'staff' AND actor.user_id = CASE WHEN pg_input_is_valid(e.actor, 'uuid') THEN e.actor::uuid END
CROSS JOIN LATERAL (SELECT e.details::jsonb AS facts OFFSET 0) AS details
CROSS JOIN LATERAL (SELECT {CATEGORIES} AS codes, {OUTCOME} AS result OFFSET 0) AS what
WHERE e.occurred_at >= %s AND e.occurred_at < %s
  AND (starts_with(e.event, 'access_request.')
       OR e.event IN ('grant.ended', 'vault.opened', 'vault.opening_refused'))
ORDER BY e.occurred_at, e.id
"""
