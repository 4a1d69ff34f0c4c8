"""Signals of people, sent inside the transaction."""

from django.dispatch import Signal

# member: StaffMember, by: Actor. They leave, or get another role or team: their running access and unanswered requests
# end.
staff_ended = Signal()

# member: StaffMember, change: "invited", "moved", "returned", "ended" or "factors_reset", entry: its number in the
# ledger. They are told by email; after "factors_reset" their second factors and sessions go.
staff_rights_changed = Signal()

# customer: UUID, erasure: Erasure. Sent first: rooms above may refuse, and lock what of the customer's may end before
# the first entry is written. Who opens data holds a grant and then waits for the end of the customer's chain, so nobody
# may wait the other way round.
erasure_begins = Signal()

# customer: UUID, by: Actor, farewell: Farewell. The key is gone already and the row unlinked: whatever rooms above keep
# of the customer ends or goes in the same act.
customer_erased = Signal()

# users: list[User]. Bare rows by now; what else they signed in with goes.
accounts_closed = Signal()

# customer: UUID. Asked before an erasure: each receiver answers with sentences on what ends or goes.
erasure_previewed = Signal()

# customer: UUID. Asked when a second officer looks at a proposed erasure: each receiver answers with (label, value) of
# what asks for it.
erasure_reviewed = Signal()

# claim_code: ClaimCode. Two officers stand for it: whoever uses it will act for its customer.
claim_code_approved = Signal()

# acting: Acting. It has just begun, or ended (`ends_at`).
acting_changed = Signal()

# user: User, customer: UUID, by: Actor. It was locked (`locked_at`), so that its sessions end, or unlocked.
account_lock_changed = Signal()
