"""A yes and its grants by hand: statements as the application role, judged when their transaction ends."""

import json
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from consents.access.models import AccessRequest, Grant

ANSWER = """
INSERT INTO access_answer
    (access_request_id, decision, answered_by_id, capacity, duration, shown_digest, token, answered_at)
VALUES (%(request)s, %(decision)s, %(user)s, %(capacity)s, %(duration)s, %(digest)s, gen_random_uuid(), {moment})
"""
MOVE = "UPDATE access_accessrequest SET state = %(state)s, ended_at = portal.now() WHERE id = %(request)s"
GRANT = """
INSERT INTO access_grant
    (id, access_request_id, staff_id, customer_id, category_id, purpose_id, starts_at, ends_at, "end")
SELECT gen_random_uuid(), %(request)s, %(staff)s, %(customer)s, %(category)s, %(purpose)s, portal.now(),
       portal.now() + %(lasts)s::interval, ''
"""
TELL = """
SELECT portal.append_entry(%(event)s, %(customer)s, 'customer', %(user)s::text, 'access_request', %(request)s::text,
    '', 'portal', NULL, %(state)s, %(details)s)
"""
YES = ANSWER.format(moment="portal.now()")


def run(terms: dict, *statements: str) -> None:
    """All of it in one statement's moment, up to the end of the transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, terms)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def one_moment(*statements: str) -> str:
    """Grants start when the answer was given, and `portal.now()` moves from statement to statement."""
    return "WITH " + ", ".join(f"s{n} AS ({s} RETURNING 1)" for n, s in enumerate(statements)) + " SELECT 1"


def build_yes_terms(world, request: AccessRequest) -> dict[str, Any]:
    """Everything that Ada's true yes to orders alone has, of contact and orders that were asked for."""
    return {
        "request": request.pk,
        "decision": "part",
        "state": "partly_approved",
        "user": world.ada.user.pk,
        "capacity": "self",
        "duration": "2 hours",
        "lasts": "2 hours",
        "digest": request.digest,
        "staff": world.sam.pk,
        "customer": world.ada.customer.id,
        "category": world.categories["orders"].pk,
        "purpose": world.purpose.pk,
        "event": "access_request.answered",
        "details": json.dumps({"categories": ["orders"], "digest": request.digest}),
    }


def check_refused(terms: dict, *statements: str, by: str) -> None:
    """The rule of that name refuses the statements, and no grant comes of them."""
    with pytest.raises(DatabaseError) as refusal:
        run(terms, *statements)
    assert refusal.value.__cause__.diag.constraint_name == by
    assert not Grant.objects.filter(access_request=terms["request"]).exists()
