import uuid

from django.db import models

from consents.catalogue.models import Category
from consents.core.clock import DatabaseNow
from consents.people.models import Customer


class Record(models.Model):
    """One record of a customer in a category: field key → base64 of the sealed value.

    FORCE ROW LEVEL SECURITY: visible only to a transaction that names an opening committed before (disclosures).
    Written by the database function `vault_store` alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+", db_index=False)
    position = models.IntegerField(default=0)
    sealed = models.JSONField()
    stored_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        indexes = [models.Index(fields=["customer", "category", "position"], name="vault_record_of_customer")]

    def __str__(self) -> str:
        return str(self.id)


class Fingerprint(models.Model):
    """Keyed hash of a stored record's content, so that an unchanged record is known without opening it."""

    record = models.UUIDField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    content = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return str(self.record)
