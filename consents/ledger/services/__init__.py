"""Writing the ledger: acts append (inside their transaction), jobs seal and journal (in their own)."""

from consents.ledger.services.appending import append, hold
from consents.ledger.services.journalling import catch_up, witness
from consents.ledger.services.names import journal_name, origin
from consents.ledger.services.sealing import DoesNotFollow, Run, seal

__all__ = [
    "DoesNotFollow",
    "Run",
    "append",
    "catch_up",
    "hold",
    "journal_name",
    "origin",
    "seal",
    "witness",
]
