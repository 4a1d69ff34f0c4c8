"""Writing the ledger: acts append (inside their transaction), a job seals (in its own)."""

from consents.ledger.services.appending import append, hold
from consents.ledger.services.sealing import DoesNotFollow, Run, origin, seal

__all__ = ["DoesNotFollow", "Run", "append", "hold", "origin", "seal"]
