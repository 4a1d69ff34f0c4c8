"""Writing the ledger: acts append (inside their transaction), jobs seal and journal (in their own)."""

from consents.ledger.services.appending import Change, append, hold
from consents.ledger.services.journalling import JournalDoesNotFollow, catch_up, make_good, witness
from consents.ledger.services.names import backups_name, journal_name, origin, restorations_name
from consents.ledger.services.sealing import DoesNotFollow, Run, seal

__all__ = [
    "Change",
    "DoesNotFollow",
    "JournalDoesNotFollow",
    "Run",
    "append",
    "backups_name",
    "catch_up",
    "hold",
    "journal_name",
    "make_good",
    "origin",
    "restorations_name",
    "seal",
    "witness",
]
