"""News of choices, sent inside the transaction of the act."""

from django.dispatch import Signal

# customer: UUID, purpose: Purpose, status: Status, by: Actor. Sent when consent is withdrawn, refused or found invalid.
consent_withdrawn = Signal()

# customer: UUID, purposes: list[Purpose], how: ActContext, by: Actor. Sent once for an act that took back
# what stood.
consent_taken_back = Signal()

# customer: UUID, kind: MarkKind, purpose: Purpose | None (every purpose), by: Actor. Sent when a mark is placed.
mark_placed = Signal()

# customer: UUID, how: ActContext, by: Actor. Sent when an opt-out of sale and sharing changed something.
opted_out = Signal()

# customer: UUID, purpose: Purpose, how: ActContext, by: Actor. Sent when a sale is agreed to after a no.
opted_in = Signal()

# customer: UUID, purpose: Purpose. Asked before a customer withdraws: each receiver answers with sentences on what
# stops at once.
withdrawal_previewed = Signal()

# customer: UUID, purpose: Purpose, since: datetime. Asked after a customer withdrew: each receiver answers with what
# ended (sentences) and what runs on (sentences, each with the address that stops it).
withdrawal_shown = Signal()
