"""The register that the compliance officer takes out: of each request every field that the law asks for, and no other.

Fields and values as in the law's table (11 CCR 7101; GDPR Art 5(2), 12).
"""

import csv
import re
from collections.abc import Collection
from datetime import timedelta
from io import StringIO

from consents.core.clock import now
from consents.exports.datasets.requests import COLUMNS
from consents.exports.describing import Type as Cell
from consents.law.kinds import Type
from consents.rights.models import RightsRequest
from tests.journeys.scriptless import AnyVisit

ALWAYS = {
    "request_id",
    "regime",
    "jurisdiction",
    "subject_ref",
    "received_at",
    "request_type",
    "channel",
    "submitted_by",
    "verification_level",
    "due_at",
    "due_rule",
    "due_unit",
    "calendar_id",
    "status",
    "responded_at",
    "outcome",
    "response_format",
    "remedies_told",
    "fee_charged",
    "days_to_response",
    "retain_until",
    "request_number",
    "filed_at",
    "questions_asked",
    "questions_answered",
    "files_added",
    "files_left_out",
    "changed_after_period",
}
HANDLED = {"acknowledged_at", "handler_ref", "handler_trained_on"}
KNOWN = {"verified_at"}
SCOPED = {"request_scope"}
PASSED_ON = {"recipients_notified"}
REFUSED = {"denial_reason", "denial_metric_group", "denial_legal_basis"}
EXTENDED = {"extended_to", "extension_reason", "extension_notified_at"}
APPEALED = {"appeal_at", "appeal_outcome"}
# What an answer of each type has besides. A new right is not on record before it is said here with what.
OF_TYPE: dict[Type, set[str]] = {
    Type.ACCESS: HANDLED | KNOWN,
    Type.RECTIFICATION: HANDLED | KNOWN | SCOPED | PASSED_ON,
    Type.ERASURE: HANDLED | KNOWN | PASSED_ON,
    Type.RESTRICTION: HANDLED | KNOWN | PASSED_ON,
    Type.RECIPIENTS: HANDLED | KNOWN,
    Type.PORTABILITY: HANDLED | KNOWN,
    Type.OBJECTION: HANDLED | SCOPED,
    Type.AUTOMATED: HANDLED | KNOWN,
    Type.WITHDRAWAL: SCOPED,
    Type.KNOW_CATEGORIES: HANDLED | KNOWN,
    Type.KNOW_SPECIFIC: HANDLED | KNOWN,
    Type.DELETION: HANDLED | KNOWN | PASSED_ON,
    Type.CORRECTION: HANDLED | KNOWN | SCOPED | PASSED_ON,
    Type.OPT_OUT: PASSED_ON,
    Type.OPT_IN: set(),
    Type.LIMIT: set(),
    Type.ADMT_ACCESS: HANDLED | KNOWN,
    Type.ADMT_OPT_OUT: HANDLED | PASSED_ON,
    Type.ADMT_APPEAL: HANDLED | KNOWN,
}

MOMENT = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00"
SHAPES = {
    Cell.UUID: r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    Cell.MOMENT: MOMENT,
    Cell.DAY: r"20\d\d-\d\d-\d\d",
    Cell.INTEGER: r"\d+",
    Cell.YES_NO: "true|false",
    Cell.LIST: rf"[a-z-]+(@{MOMENT}|@20\d\d-\d\d-\d\d/[a-z]+|:[a-z_]+)( .*)?",
    Cell.TEXT: r".+",
    Cell.CODE: r".+",
}


def export(officer: AnyVisit, days: int = 1) -> dict[str, dict[str, str]]:
    """By the form, of that many days before today and today; the rows by number."""
    officer.go("/admin/")
    officer.follow("Exports", exact=True)
    officer.follow("Other period", near="requests")
    today = now().date()
    officer.fill("From", (today - timedelta(days=days)).isoformat())
    officer.fill("To", today.isoformat(), exact=True)
    officer.fill("What it is for", "A check of the register")
    officer.press("Export", exact=True)
    rows = csv.DictReader(StringIO(officer.download("Download requests"), newline=""))
    return {row["request_number"]: row for row in rows}


def check(
    row: dict[str, str], asked: RightsRequest, fields: Collection[str], empty: Collection[str] = (), **said: str
) -> None:
    """`fields` besides those of every answer; `empty`: those that nobody can know; `said`: what some must hold."""
    filled = {name for name, cell in row.items() if cell}
    assert filled == ALWAYS.union(fields) - set(empty), asked.request_type
    for column in COLUMNS:
        cell = row[column.name]
        assert not cell or not column.values or cell in column.values, column.name
        assert not cell or re.fullmatch(SHAPES[column.type], cell), (column.name, cell)
    assert row["received_at"] <= row["responded_at"] <= row["due_at"]
    whose = {
        "request_id": str(asked.pk),
        "subject_ref": str(asked.customer_id or ""),
        "request_type": asked.request_type,
    }
    assert {name: row[name] for name in whose | said} == whose | said
