"""Acts on rights requests, by story: filing (customer, stranger, staff), handling and answering (officers), their word
and what fulfils them: packaging, codes for who has no account, collecting, correcting, erasing. Watching and removing
are the jobs'.

Rules and triggers agree: who asks is known before anything about anybody's data is said, on every path.
"""

from consents.rights.services.answering import Reply, answer
from consents.rights.services.appeals import decide_appeal
from consents.rights.services.codes import hand_out_code, send_code, stop_code
from consents.rights.services.collecting import collect, unlock
from consents.rights.services.correcting import choose_entry, decide_value, proposals
from consents.rights.services.erasing import (
    answer_by_erasure,
    cancel_part,
    erase_part,
    erase_part_again,
    propose_erasure,
    propose_part,
)
from consents.rights.services.filing import Wanted, file
from consents.rights.services.forgetting import forget_part, forget_proofs, forget_words
from consents.rights.services.handling import (
    acknowledge,
    confirm_identity,
    confirm_own_identity,
    extend,
    fail_identity,
    match,
    note_search,
    note_told,
)
from consents.rights.services.noticing import record_opt_in, record_opt_out, record_withdrawal
from consents.rights.services.packaging import (
    ask_again,
    forget_packages,
    make_again,
    make_package,
    queue_package,
    remove_package,
    remove_packages_when_due,
    take,
)
from consents.rights.services.reading import read
from consents.rights.services.removing import remove, remove_when_due
from consents.rights.services.their_word import appeal, note_appeal, note_withdrawal, withdraw
from consents.rights.services.waiting import pause, resume, stop_waiting, stop_waiting_for_erased
from consents.rights.services.watching import note_late, note_late_when_due, remind, remind_when_due

__all__ = [
    "Reply",
    "Wanted",
    "acknowledge",
    "answer",
    "answer_by_erasure",
    "appeal",
    "ask_again",
    "cancel_part",
    "choose_entry",
    "collect",
    "confirm_identity",
    "confirm_own_identity",
    "decide_appeal",
    "decide_value",
    "erase_part",
    "erase_part_again",
    "extend",
    "fail_identity",
    "file",
    "forget_packages",
    "forget_part",
    "forget_proofs",
    "forget_words",
    "hand_out_code",
    "make_again",
    "make_package",
    "match",
    "note_appeal",
    "note_late",
    "note_late_when_due",
    "note_search",
    "note_told",
    "note_withdrawal",
    "pause",
    "proposals",
    "propose_erasure",
    "propose_part",
    "queue_package",
    "read",
    "record_opt_in",
    "record_opt_out",
    "record_withdrawal",
    "remind",
    "remind_when_due",
    "remove",
    "remove_package",
    "remove_packages_when_due",
    "remove_when_due",
    "resume",
    "send_code",
    "stop_code",
    "stop_waiting",
    "stop_waiting_for_erased",
    "take",
    "unlock",
    "withdraw",
]
