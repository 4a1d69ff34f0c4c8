"""News of people, sent inside the transaction."""

from django.dispatch import Signal

# member: StaffMember, by: Actor. Their running access and unanswered requests end.
staff_ended = Signal()
