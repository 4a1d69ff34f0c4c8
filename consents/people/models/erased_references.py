from django.db import models

from consents.core.append_only import AppendOnlyModel


class ErasedReference(AppendOnlyModel):
    """The keyed hash of an erased customer number, so that the company’s next list does not bring its owner back.

    The entry of the erasure names the same hash, so that a restored backup keeps out customers it never knew.
    """

    hash = models.BinaryField(primary_key=True, max_length=32)

    def __str__(self) -> str:
        return "erased reference"
