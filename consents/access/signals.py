"""News of access, sent inside the transaction of the act."""

from django.dispatch import Signal

# request: AccessRequest, by: Actor. Sent when a customer answered.
request_answered = Signal()

# grants: list[Grant], end: End, by: Actor. Sent when running access ended.
grant_ended = Signal()
