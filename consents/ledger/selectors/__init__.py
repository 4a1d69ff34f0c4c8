"""Reading the journal, telling whether it is whole, and proving one entry to somebody outside."""

from consents.ledger.selectors.chains import Fault, Walked, faults
from consents.ledger.selectors.journalled import journal_faults, journal_is_late, not_journalled
from consents.ledger.selectors.log import Claim, LogFault, Lost, Unsealed, against, log_faults, restorations
from consents.ledger.selectors.proofs import NotSealedYet, inclusion_proof, is_sealed
from consents.ledger.selectors.timelines import entries_of, evidence_of, is_being_restored, newest, timeline

__all__ = [
    "Claim",
    "Fault",
    "LogFault",
    "Lost",
    "NotSealedYet",
    "Unsealed",
    "Walked",
    "against",
    "entries_of",
    "evidence_of",
    "faults",
    "inclusion_proof",
    "is_being_restored",
    "is_sealed",
    "journal_faults",
    "journal_is_late",
    "log_faults",
    "newest",
    "not_journalled",
    "restorations",
    "timeline",
]
