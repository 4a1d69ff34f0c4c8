"""Acts on rights requests, by story: filing (customer, stranger, staff), handling and answering (officers), appeals.

Rules and triggers agree: who asks is known before anything about anybody's data is said, on every path.
"""

from consents.rights.services.answering import Reply, answer, appeal, withdraw
from consents.rights.services.appeals import decide_appeal
from consents.rights.services.filing import Wanted, file, record_opt_out
from consents.rights.services.forgetting import forget_words
from consents.rights.services.handling import (
    acknowledge,
    confirm_identity,
    confirm_own_identity,
    extend,
    fail_identity,
    match,
    note_search,
    note_told,
    pause,
    resume,
)

__all__ = [
    "Reply",
    "Wanted",
    "acknowledge",
    "answer",
    "appeal",
    "confirm_identity",
    "confirm_own_identity",
    "decide_appeal",
    "extend",
    "fail_identity",
    "file",
    "forget_words",
    "match",
    "note_search",
    "note_told",
    "pause",
    "record_opt_out",
    "resume",
    "withdraw",
]
