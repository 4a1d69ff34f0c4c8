"""News of the catalogue, sent inside the transaction."""

from django.dispatch import Signal

# purpose: Purpose, by: Actor. Consents, grants and pending requests for it end.
purpose_retired = Signal()

# version: PurposeVersion. Sent when a version comes into force; consent to an earlier one may have ended with it.
version_published = Signal()

# purpose: Purpose. Asked before a purpose is retired: each receiver answers with sentences on what would end.
retirement_previewed = Signal()

# version: PurposeVersion. Asked before a version is published: each receiver answers with sentences on what changes.
version_previewed = Signal()
