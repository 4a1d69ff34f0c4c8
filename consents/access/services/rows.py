"""Write single rows of answers, requests and grants in plain SQL, inside the acts that do so: each answer and each end
needs them, and building the queries took longer than answering them. What changes with its ledger entry goes in one
statement with it."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from consents.access.models import AccessRequest, Answer, Grant
from consents.access.rules import GrantEnd, Ground, RequestState
from consents.ledger.services.appending import Change

END_REQUEST = "UPDATE access_accessrequest SET state = %s, ended_at = %s WHERE id = %s RETURNING id"
INSERT_ANSWER = """
INSERT INTO access_answer (access_request_id, customer_id, decision, answered_by_id, capacity, caller_code_id, duration,
                           shown_digest, sealed_message, token, answered_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
INSERT_GRANTS = """
INSERT INTO access_grant
    (ground, access_request_id, exemption, staff_id, customer_id, purpose_id, starts_at, ends_at, "end",
     category_id, id)
SELECT %s, %s, %s, %s, %s, %s, %s, %s, '', category, id
FROM unnest(%s::bigint[], %s::uuid[]) AS allowed (category, id)
"""
END_GRANTS = 'UPDATE access_grant SET ended_at = %s, "end" = %s WHERE id = ANY(%s)'


def build_request_end(access_request: AccessRequest, state: RequestState, ended_at: datetime) -> Change:
    """Set the end of a request, and return the change to append with its entry."""
    access_request.state, access_request.ended_at = state, ended_at
    return Change(END_REQUEST, [str(state), ended_at, access_request.pk])


def build_answer_insert(answer: Answer) -> Change:
    """Return the change that saves a new answer, to append with its entry."""
    answer._state.adding = False
    of_request: list[Any] = [answer.access_request_id, answer.access_request.customer_id, str(answer.decision)]
    by: list[Any] = [answer.answered_by_id, answer.capacity, answer.caller_code_id]
    terms = [answer.duration, answer.shown_digest, answer.sealed_message, answer.token, answer.answered_at]
    return Change(INSERT_ANSWER, [*of_request, *by, *terms])


def insert_grants(
    asked: Any, ground: Ground, grants: Mapping[int, UUID], starts: datetime, duration: timedelta
) -> None:
    """Insert grants that rest on the answer to a request, or on an exemption. `grants`: the id of each, by category."""
    rests_on = [asked.pk, None] if ground == Ground.ANSWER else [None, asked.pk]
    whose: list[Any] = [str(ground), *rests_on, asked.staff_id, asked.customer_id, asked.purpose_id]
    with connection.cursor() as cursor:
        cursor.execute(INSERT_GRANTS, [*whose, starts, starts + duration, list(grants), list(grants.values())])


def build_grants_end(grants: Iterable[Grant], end: GrantEnd, ended_at: datetime) -> Change:
    """Return the change that ends these grants, to append beside their entry."""
    return Change(END_GRANTS, [ended_at, str(end), [grant.pk for grant in grants]])
