"""An erasure of part spelled out in SQL, step by step, as somebody with the application's password would do it."""

from uuid import UUID, uuid4

from tests.architecture.mutation.speaking import Statement

STEPS: dict[str, str] = {
    "entry": """SELECT portal.append_entry('customer.part_erased', customer_id, 'staff', %(officer)s::text,
        'part_erasure',
        id::text, '', 'portal', NULL, '', jsonb_build_object('request', request, 'deleted', deleted, 'kept', kept,
        'law', law)::text) FROM vault_parterasure WHERE request = %(request)s AND cancelled_at IS NULL""",
    "second officer": """UPDATE vault_parterasure SET confirmed_by_id = %(officer)s, done_at = portal.now()
        WHERE request = %(request)s AND cancelled_at IS NULL""",
    "records": """SELECT portal.remove_categories(e.customer_id, ARRAY(SELECT k.id FROM catalogue_category AS k
        WHERE e.deleted ? k.code)) FROM vault_parterasure AS e WHERE request = %(request)s AND cancelled_at IS NULL""",
    "answer told": """SELECT portal.append_entry('rights_request.answered', customer_id, 'staff', %(officer)s::text,
        'rights_request', id::text, '', 'portal', NULL, 'complied_part', '{}')
        FROM rights_rightsrequest WHERE id = %(request)s""",
    "answer": """INSERT INTO rights_answer (rights_request_id, outcome, response_format, retain_until, denial_reason,
        denial_metric_group, remedies_told, denial_legal_basis) VALUES (%(request)s, 'complied_part', 'email',
        current_date + 800, 'legal_restriction', 'exempt_information', true, 'AO 147')""",
}
PROPOSE = """INSERT INTO vault_parterasure (id, customer_id, request, deleted, kept, law, proposed_by_id)
    VALUES (%(id)s, %(customer)s, %(request)s, '["contact", "health"]', '["orders"]', 'AO 147', %(officer)s)"""
PROPOSED = """SELECT portal.append_entry('part_erasure.proposed', %(customer)s::uuid, 'staff', %(officer)s::text,
    'part_erasure', %(id)s::text, '', 'portal', NULL, '', jsonb_build_object('request', %(request)s::text, 'deleted',
    '["contact", "health"]'::jsonb, 'kept', '["orders"]'::jsonb, 'law', 'AO 147')::text)"""


def proposing_part(request: UUID, customer: UUID, officer: UUID) -> list[Statement]:
    about = {"id": uuid4(), "customer": customer, "request": request, "officer": officer}
    return [(PROPOSED, about), (PROPOSE, about)]


def erasing_part(request: UUID, officer: UUID, without: str = "", **instead: str) -> list[Statement]:
    """All the steps but one; or one of them otherwise."""
    steps = {name: sql for name, sql in STEPS.items() if name != without} | instead
    return [(sql, {"request": request, "officer": officer}) for sql in steps.values()]
