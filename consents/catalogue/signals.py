"""News of the catalogue, sent inside the transaction."""

from django.dispatch import Signal

# purpose: Purpose, by: Actor. Consents, grants and pending requests for it end.
purpose_retired = Signal()
