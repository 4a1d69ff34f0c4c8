"""An erasure spelled out in SQL, step by step, as somebody with the application's password would do it."""

from contextlib import contextmanager
from uuid import UUID, uuid4

from django.db import connection, transaction

from consents.choices.rules import EVENTS, Status
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from tests.architecture.mutation.speaking import Statement

STEPS: dict[str, str] = {
    "entry": """SELECT portal.append_entry('customer.erased', %(customer)s::uuid, 'staff', %(officer)s::text,
        'customer',
        %(customer)s::text, '', 'portal', NULL, 'requested', (SELECT jsonb_build_object('erasure', id)::text
        FROM people_erasure WHERE customer_id = %(customer)s AND cancelled_at IS NULL))""",
    "second officer": """UPDATE people_erasure SET confirmed_by_id = %(officer)s, done_at = portal.now()
        WHERE customer_id = %(customer)s AND cancelled_at IS NULL""",
    "key": "DELETE FROM people_customerkey WHERE customer_id = %(customer)s",
    "customer": """UPDATE people_customer SET reference = NULL, address_hash = NULL, sealed_address = NULL,
        country = '', region = '', language = '', time_zone = '', born_on = NULL, erased_at = coalesce(
        (SELECT done_at FROM people_erasure WHERE customer_id = %(customer)s AND cancelled_at IS NULL), portal.now())
        WHERE id = %(customer)s""",
    "acting": "UPDATE people_acting SET ends_at = portal.now() WHERE customer_id = %(customer)s AND ends_at IS NULL",
}
# A row about a customer, by table.
NEW = {
    "people_customerkey": "(customer_id, kid, wrapped) VALUES (%(customer)s, '1', '')",
    "people_acting": "(user_id, customer_id, capacity) VALUES (%(officer)s, %(customer)s, 'agent')",
    "people_claimcode": "(id, customer_id, capacity, proposed_by_id)"
    " VALUES (gen_random_uuid(), %(customer)s, 'self', %(officer)s)",
    "people_legalhold": "(id, customer_id, reason, document, review_on, placed_by_id) VALUES (gen_random_uuid(),"
    " %(customer)s, 'court_order', 'x', current_date + 30, %(officer)s)",
    "disclosures_looknews": "(customer_id) VALUES (%(customer)s)",
    "notifications_preference": "(customer_id, digests) VALUES (%(customer)s, 'never')",
    "vault_parterasure": "(id, customer_id, request, deleted, kept, law, proposed_by_id) VALUES (gen_random_uuid(),"
    " %(customer)s, gen_random_uuid(), '[\"contact\"]', '[]', '', %(officer)s)",
    "choices_choice": "(id, customer_id, purpose_id, version_id, language, status, since, rest_rule,"
    " despite_signal) SELECT gen_random_uuid(), %(customer)s, purpose_id, id, 'en', 'ConsentRefused', portal.now(), '',"
    " false FROM catalogue_purposeversion LIMIT 1",
    "choices_mark": "(id, customer_id, kind) VALUES (gen_random_uuid(), %(customer)s, 'restriction')",
    "access_block": "(id, customer_id, kind, team) VALUES (gen_random_uuid(), %(customer)s, 'everybody', '')",
    "access_accessrequest": "(id, customer_id, staff_id, asked_name, asked_team, purpose_id, version_id, reason,"
    " sentence, sensitive_reason, case_number, duration, answer_by, filed_at, digest, token, state) SELECT"
    " gen_random_uuid(), %(customer)s, %(officer)s, 'x', 'x', purpose_id, id, 'other', 'x', '', '', '1 hour',"
    " portal.now() + '1 hour', portal.now(), '', gen_random_uuid(), 'pending' FROM catalogue_purposeversion LIMIT 1",
    "access_proposedrequest": "(id, customer_id, staff_id, version_id, categories, reason, sealed_words, duration,"
    " answer_within, token, state) SELECT gen_random_uuid(), %(customer)s, %(officer)s, id, '[\"contact\"]', 'other',"
    " '', '1 hour', '1 hour', gen_random_uuid(), 'waiting' FROM catalogue_purposeversion LIMIT 1",
    "rights_rightsrequest": "(id, number, customer_id, regime, jurisdiction, request_type, scope, channel,"
    " submitted_by, agent_proof, received_at, identity_needed, clocks, due_at, answer_by, due_rule, due_unit,"
    " calendar_id, target_on, state) SELECT gen_random_uuid(), 'RQ-0', %(customer)s, 'gdpr', 'IE', 'A15', '[]',"
    " 'phone', 'self', '', portal.now(), 'reasonable', '{}', portal.now() + '1 day',"
    " portal.now() + '1 day', 'x', 'month', 'IE', current_date, 'received'"
    " WHERE %(officer)s IS NOT NULL",
    "access_grant": '(id, access_request_id, staff_id, customer_id, category_id, purpose_id, starts_at, ends_at, "end")'
    " SELECT"
    " gen_random_uuid(), gen_random_uuid(), %(officer)s, %(customer)s, c.id, p.id, portal.now(),"
    " portal.now() + '1 hour', '' FROM catalogue_category AS c, catalogue_purpose AS p LIMIT 1",
}


def erasing(customer: UUID, officer: UUID, without: str = "", **instead: str) -> list[Statement]:
    """All the steps but one; or one of them otherwise."""
    steps = {name: sql for name, sql in STEPS.items() if name != without} | instead
    return [(sql, {"customer": customer, "officer": officer}) for sql in steps.values()]


INSERT = """
INSERT INTO choices_choice (id, customer_id, purpose_id, version_id, language, status, since, valid_until, rest_rule,
                            despite_signal)
VALUES (%s, %s, %s, %s, 'en', %s, portal.now(), portal.now() + %s::interval, '', false) RETURNING valid_until
"""


@contextmanager
def commit_by_hand():
    """A transaction that ends here, deferred triggers and all."""
    with transaction.atomic():
        yield connection.cursor()


def write_choice(world, *, by: Actor, status: str = "ConsentGiven", months: str | None = "12 months", **facts) -> None:
    id, ada = uuid4(), world.ada.customer.id
    event = facts.pop("event", EVENTS[Status(status)])
    with commit_by_hand() as cursor:
        version = facts.pop("version", world.offers.pk)
        cursor.execute(INSERT, [id, ada, world.offers.purpose_id, version, status, months])
        until = cursor.fetchone()[0]
        told = {"capacity": "self", "version": 1, "language": "en", "valid_until": until and until.isoformat()}
        appending.append_entry(
            event=event,
            by=by,
            customer=facts.pop("customer", ada),
            object_type="choice",
            object=id,
            purpose="offers",
            outcome=facts.pop("outcome", status),
            details=told | facts,
        )
