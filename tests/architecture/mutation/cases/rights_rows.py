"""A request by right, its answer, and who acts: rows that the cases of several rooms begin with."""

from typing import Any

from tests.architecture.mutation.varying import (
    ADA,
    LATER,
    MUM,
    NOW,
    ONE,
    OTTO,
    PAST,
    PIA,
    Row,
    staff,
)

ACTING = ("people_acting", {"id": 7, "user_id": MUM, "customer_id": ADA, "capacity": "self", "starts_at": PAST})
ERASED = ("people_customer", {"id": ADA, "erased_at": PAST})
REQUEST: Row = {
    "id": ONE,
    "customer_id": ADA,
    "regime": "gdpr",
    "jurisdiction": "DE",
    "request_type": "A15",
    "scope": [],
}
REQUEST |= {"channel": "portal", "received_at": NOW, "filed_at": NOW, "identity_needed": "reasonable", "clocks": {}}
REQUEST |= {"state": "in_progress", "handler_id": PIA, "answer_by": LATER, "due_at": LATER, "due_unit": "month"}
REQUEST |= {"waiting_since": None, "follows_id": None, "agent_proof": "", "calendar_id": "DE", "due_rule": "x"}
KNOWN = ("rights_identitycheck", {"id": 1, "rights_request_id": ONE, "level": "reasonable", "checked_at": PAST})
SEARCHED = ("rights_search", {"id": 1, "rights_request_id": ONE})
ANSWER: Row = {
    "rights_request_id": ONE,
    "customer_id": ADA,
    "outcome": "complied_whole",
    "denial_reason": "",
    "granted": [],
}
ANSWER |= {"fee_amount": 0, "responded_at": NOW, "retain_until": "2029-02-01", "denial_legal_basis": ""}
OFFICERS = (staff(PIA), staff(OTTO, "compliance_officer"))
VERSION: Row = {"id": 1, "purpose_id": 1, "number": 1, "published_at": PAST, "dpv_purpose": "dpv:Marketing"}
PURPOSE = ("catalogue_purpose", {"id": 1, "code": "ads", "retired_at": None})


def request(**more: Any) -> tuple[str, Row]:
    return "rights_rightsrequest", REQUEST | more


def answered(**more: Any) -> tuple[str, Row]:
    return "rights_answer", ANSWER | more
