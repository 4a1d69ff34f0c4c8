"""Exemptions in raw SQL: filed, decided, opened and delayed past the services, each term as it would be true."""

from typing import Any
from uuid import UUID

NOWHERE = "22222222-3333-4444-8555-666666666666"
FILE = """
INSERT INTO exemptions_exemption (id, customer_id, staff_id, asked_name, asked_team, purpose_id, version_id, kind,
    sentence, case_number, duration, access_request_id, why_unasked, unasked_words, statute, order_number, ordered_on,
    authority, is_foreign, treaty, scope_asked, necessity, threat, no_other_way, check_by, digest, token, filed_at,
    state, decision_words, told_at)
SELECT %(id)s, %(customer)s, %(staff)s, 'Sam', 'Billing', v.purpose_id, v.id, %(kind)s, 'A court.', '', '1 hour',
    %(ask)s, %(why)s, %(why)s, %(law)s, %(law)s, {ordered}, %(law)s, false, '', %(law)s, %(law)s, %(threat)s,
    %(threat)s, CASE WHEN %(state)s = 'opened' THEN {moment} + interval '24 hours' END, %(digest)s, gen_random_uuid(),
    {moment}, %(state)s, '', CASE WHEN %(state)s = 'opened' THEN portal.now() END
FROM catalogue_purposeversion AS v WHERE v.id = %(version)s
"""
CATEGORY = "INSERT INTO exemptions_exemptedcategory (exemption_id, category_id) VALUES (%(id)s, %(category)s)"
DECIDE = """
UPDATE exemptions_exemption SET state = %(decision)s, decided_by_id = %(officer)s, decided_at = {moment},
    decision_words = 'Yes.', told_at = CASE WHEN %(told)s THEN portal.now() END WHERE id = %(id)s
"""
GRANT = """
INSERT INTO access_grant (id, ground, exemption, staff_id, customer_id, category_id, purpose_id, starts_at, ends_at,
    "end")
SELECT %(grant)s, %(ground)s, x.id, %(holder)s, %(whose)s, %(opens)s, x.purpose_id, coalesce(x.decided_at, x.filed_at),
    coalesce(x.decided_at, x.filed_at) + %(lasts)s::interval, '' FROM exemptions_exemption AS x WHERE x.id = %(id)s
"""
DELAY = """
INSERT INTO exemptions_delay (exemption_id, law, authority, reason, until, decided_by_id, decided_at)
VALUES (%(id)s, 'StPO', 'Court', 'Inquiry', portal.now() + %(waits)s::interval, %(officer)s, {moment})
"""
TELL = """
SELECT portal.append_entry(%(event)s, %(customer)s::uuid, 'staff',
    CASE WHEN %(outcome)s IN ('filed', 'opened') THEN %(staff)s ELSE %(officer)s END::text, 'exemption', %(id)s::text,
    '', 'admin', NULL, %(outcome)s, %(details)s)
"""


def in_full(statement: str, **instead: str) -> str:
    return statement.format(**({"moment": "portal.now()", "ordered": "NULL"} | instead))


def build_terms(world: Any, **changes: Any) -> dict[str, Any]:
    """A legal duty about Ada, filed by Sam and granted by Pia."""
    ada, orders = world.ada.customer.id, world.categories["orders"].pk
    return build_terms_of(ada, world.sam.pk, world.pia.pk, world.version.pk, orders) | changes


def build_terms_of(customer: UUID, staff: UUID, officer: UUID, version: int, category: int) -> dict[str, Any]:
    return {
        "id": NOWHERE,
        "grant": NOWHERE,
        "customer": customer,
        "whose": customer,
        "staff": staff,
        "holder": staff,
        "officer": officer,
        "version": version,
        "category": category,
        "opens": category,
        "kind": "legal_duty",
        "ground": "legal_duty",
        "law": "StPO",
        "threat": "",
        "ask": None,
        "why": "forbidden",
        "state": "filed",
        "decision": "granted",
        "told": True,
        "lasts": "1 hour",
        "waits": "30 days",
        "digest": "0" * 64,
    }
