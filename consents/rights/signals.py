"""News of rights requests, sent inside the transaction of the act."""

from django.dispatch import Signal

# rights_request: RightsRequest, outcome: Outcome. Sent before an officer's answer is recorded: a receiver may refuse.
answer_begins = Signal()

# rights_request: RightsRequest, by: Actor. Sent when an officer answered.
rights_request_answered = Signal()

# rights_request: RightsRequest. Asked when the page of a request is shown to its customer: where its copy stands.
copy_shown = Signal()
