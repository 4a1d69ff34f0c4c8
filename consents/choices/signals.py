"""News of choices, sent inside the transaction of the act."""

from django.dispatch import Signal

# customer: UUID, purpose: Purpose, by: Actor. Sent when consent is withdrawn or refused.
consent_withdrawn = Signal()
