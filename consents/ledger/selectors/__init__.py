"""Reading the journal, telling whether it is whole, and proving one entry to somebody outside."""

from consents.ledger.selectors.chains import Fault, Walked, faults
from consents.ledger.selectors.log import LogFault, Unsealed, against, log_faults
from consents.ledger.selectors.proofs import NotSealedYet, inclusion_proof
from consents.ledger.selectors.timelines import entries_of, evidence_of, newest, timeline

__all__ = [
    "Fault",
    "LogFault",
    "NotSealedYet",
    "Unsealed",
    "Walked",
    "against",
    "entries_of",
    "evidence_of",
    "faults",
    "inclusion_proof",
    "log_faults",
    "newest",
    "timeline",
]
