"""Read and write single rows of answers, requests and grants in plain SQL, inside the acts that do so: each answer and
each end needs them, and building the queries took longer than answering them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from consents.access.models import AccessRequest, Grant
from consents.access.rules import GrantEnd, RequestState

END_REQUEST = "UPDATE access_accessrequest SET state = %s, ended_at = %s WHERE id = %s"
INSERT_GRANTS = """
INSERT INTO access_grant
    (access_request_id, staff_id, customer_id, purpose_id, starts_at, ends_at, "end", category_id, id)
SELECT %s, %s, %s, %s, %s, %s, '', category, id FROM unnest(%s::bigint[], %s::uuid[]) AS allowed (category, id)
"""
END_GRANTS = 'UPDATE access_grant SET ended_at = %s, "end" = %s WHERE id = ANY(%s)'


def save_request_end(access_request: AccessRequest, state: RequestState, ended_at: datetime) -> None:
    access_request.state, access_request.ended_at = state, ended_at
    with connection.cursor() as cursor:
        cursor.execute(END_REQUEST, [str(state), ended_at, access_request.pk])


def insert_grants(access_request: AccessRequest, grants: Mapping[int, UUID], starts: datetime, ends: datetime) -> None:
    """`grants`: the id of each, by its category."""
    of_request: list[Any] = [access_request.pk, access_request.staff_id, access_request.customer_id]
    terms: list[Any] = [access_request.purpose_id, starts, ends, list(grants), list(grants.values())]
    with connection.cursor() as cursor:
        cursor.execute(INSERT_GRANTS, of_request + terms)


def save_grant_ends(grants: Iterable[Grant], end: GrantEnd, ended_at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(END_GRANTS, [ended_at, str(end), [grant.pk for grant in grants]])
