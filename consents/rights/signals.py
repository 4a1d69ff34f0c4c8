"""News of rights requests, sent inside the transaction of the act."""

from django.dispatch import Signal

# request: RightsRequest, by: Actor. Sent when an officer answered.
rights_request_answered = Signal()
