"""An answer as its customer will read it, for the officer to read first."""

from copy import copy
from decimal import Decimal
from typing import Any

from consents.rights.customers import presenting
from consents.rights.models import RightsRequest
from consents.rights.rules.answers import State


def build_answer_as_read(rights_request: RightsRequest, said: dict[str, Any]) -> dict[str, Any]:
    """Build the answer as its customer will read it: the same words, from a copy that is never saved."""
    answered = copy(rights_request)
    answered.state, answered.outcome = State.ANSWERED, said["outcome"]
    answered.denial_reason, answered.denial_legal_basis = said["reason"] or "", said["law"]
    answered.granted = said.get("granted", [])
    answered.fee_amount, answered.fee_currency = Decimal(said.get("fee") or 0), said.get("currency", "")
    answered.fee_reason = said.get("fee_reason") or ""
    parts = said.get("parts", {})
    return presenting.describe_answer(answered) | {
        "text": said["text"],
        **{name: presenting.list_titles(codes) for name, codes in parts.items()},
    }
