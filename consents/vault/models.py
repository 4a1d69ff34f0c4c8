from django.db import models
from django.db.models import Q

from consents.catalogue.models import Category
from consents.catalogue.rules import PROVISION
from consents.core.clock import DatabaseNow
from consents.core.grouped_ids import RandomIdModel
from consents.people.models import Customer, ProposedErasure


class Record(RandomIdModel):
    """A record of a customer in a category: field key → base64 of the sealed value.

    FORCE ROW LEVEL SECURITY: visible only to a transaction that names an opening committed before (disclosures).
    Written by the database function `store_records` alone. That the customer is there is checked once per statement, by
    `vault_record_not_of_erased`; the customer's own key keeps the customer there.
    """

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+", db_index=False)
    position = models.IntegerField(default=0)
    sealed = models.JSONField()
    stored_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        indexes = [models.Index(fields=["customer", "category", "position"], name="vault_record_of_customer")]

    def __str__(self) -> str:
        return str(self.id)


class Fingerprint(models.Model):
    """The keyed hash of a stored record's content, so that an unchanged record is recognised without opening it.

    `digest` is the SHA-256 of what was sealed last: older ciphertext that is put back into the record is refused.

    `store_records` alone writes it, beside its record, whose customer is checked: no second key, and no index, for an
    import to pay for.
    """

    record = models.UUIDField(primary_key=True)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    content = models.BinaryField(max_length=32)
    digest = models.BinaryField(max_length=32, null=True)

    def __str__(self) -> str:
        return str(self.record)


class PartErasure(ProposedErasure):
    """The erasure of some categories of a customer's data.

    `deleted`, `kept`: codes of categories; what is kept rests on `law` and serves nothing else. Once done, nothing in
    the deleted categories is stored again (by trigger). `request` is the id of the rights request it fulfils.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="part_erasures")
    request = models.UUIDField()
    deleted = models.JSONField()
    kept = models.JSONField()
    law = models.CharField(max_length=120, blank=True)

    class Meta(ProposedErasure.Meta):
        constraints = [
            *ProposedErasure.Meta.constraints,
            models.CheckConstraint(condition=~Q(deleted=[]), name="vault_parterasure_deletes_something"),
            models.CheckConstraint(
                condition=Q(kept=[], law="") | (~Q(kept=[]) & Q(law__regex=PROVISION)),
                name="vault_parterasure_keeps_by_law",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True, cancelled_by__isnull=True)
                | Q(cancelled_at__isnull=False, done_at__isnull=True),
                name="vault_parterasure_cancelled_or_done",
            ),
            models.UniqueConstraint(
                fields=["request"], condition=Q(cancelled_at__isnull=True), name="vault_parterasure_one_per_request"
            ),
        ]

    def __str__(self) -> str:
        return str(self.customer_id)[:8]
