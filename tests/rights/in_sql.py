"""A request changed by SQL, past the services."""

from contextlib import contextmanager

import pytest
from django.db import DatabaseError, connection, transaction

from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import appending
from consents.rights.models import Assignment, RightsRequest


@contextmanager
def act():
    """A transaction that ends here, deferred triggers and all."""
    with transaction.atomic():
        yield connection.cursor()


def change(request: RightsRequest, sql: str, *, event: str = "", outcome: str = "", by=PORTAL, **details) -> None:
    """As somebody with the application's password would, with an entry if one is named, and one that says to whom the
    request is handed, if it is; `%(id)s` is the request."""
    request.refresh_from_db()
    with act() as cursor:
        for statement in sql.split("; "):
            cursor.execute(statement, {"id": request.pk})
        if event and ASSIGNED in sql:
            officer = str(Assignment.objects.filter(rights_request=request).latest("pk").officer_id)
            tell(request, "assigned", by, "handed_over", officer=officer)
        if event:
            tell(request, event, by, outcome, **details)


def tell(request: RightsRequest, event: str, by: Actor, outcome: str, **details) -> None:
    appending.append_entry(
        event=f"rights_request.{event}",
        by=by,
        customer=request.customer_id,
        object_type="rights_request",
        object=request.pk,
        outcome=outcome,
        details=details,
    )


def refused(constraint: str, request: RightsRequest, sql: str, **entry) -> None:
    before = RightsRequest.objects.filter(pk=request.pk).values().get()
    with pytest.raises(DatabaseError) as refusal:
        change(request, sql, **entry)
    assert refusal.value.__cause__.diag.constraint_name == constraint
    assert RightsRequest.objects.filter(pk=request.pk).values().get() == before


def update(assignments: str) -> str:
    return f"UPDATE rights_rightsrequest SET {assignments} WHERE id = %(id)s"


def insert(step: str, **columns: str) -> str:
    names, values = ", ".join(columns), ", ".join(columns.values())
    return f"INSERT INTO rights_{step} (rights_request_id, {names}) VALUES (%(id)s, {values})"


ASSIGNED = (
    "INSERT INTO rights_assignment (rights_request_id, officer_id)"
    " SELECT %(id)s, user_id FROM people_staffmember WHERE role = 'privacy_officer' LIMIT 1"
)
PAUSED = insert("pause", waiting_for="'scope'")
WITHDRAWN = insert("answer", outcome="'withdrawn_by_requester'", retain_until="current_date + 800")


def answered(outcome: str = "complied_whole", **columns: str) -> str:
    columns = {"outcome": f"'{outcome}'", "response_format": "'email'", "retain_until": "current_date + 800"} | columns
    return f"{ASSIGNED}; {insert('answer', **columns)}"


ANSWERED = answered()


def denied(reason: str, group: str, outcome: str = "denied", **columns: str) -> str:
    terms = {
        "denial_reason": f"'{reason}'",
        "denial_metric_group": f"'{group}'",
        "denial_legal_basis": "'GDPR Art 12'",
        "remedies_told": "true",
    }
    return answered(outcome, **terms | columns)
