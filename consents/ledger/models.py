import json
from typing import Any

from django.db import models

from consents.core.append_only import AppendOnlyModel


class Entry(AppendOnlyModel):
    """One line of the ledger. Written by the database function `ledger_append` alone.

    `canonical` is the RFC 8785 text of everything else in the row; `hash` is its SHA-256; each text names the hash
    of the entry before it in the same chain.
    """

    id = models.BigAutoField(primary_key=True)
    chain = models.CharField(max_length=36)
    sequence = models.BigIntegerField()
    occurred_at = models.DateTimeField()
    event = models.CharField(max_length=60)
    customer = models.UUIDField(null=True)
    actor_kind = models.CharField(max_length=20)
    actor = models.CharField(max_length=64)
    object_type = models.CharField(max_length=40)
    object = models.CharField(max_length=64)
    purpose = models.CharField(max_length=60)
    channel = models.CharField(max_length=20)
    evidence = models.UUIDField(null=True)
    outcome = models.CharField(max_length=40)
    details = models.TextField()
    previous = models.BinaryField()
    canonical = models.TextField()
    hash = models.BinaryField()

    class Meta:
        verbose_name = "ledger entry"
        verbose_name_plural = "ledger entries"
        constraints = [models.UniqueConstraint(fields=["chain", "sequence"], name="ledger_entry_one_per_place")]
        indexes = [
            models.Index(fields=["customer", "-id"], name="ledger_entry_of_customer"),
            models.Index(fields=["object", "id"], name="ledger_entry_of_object"),
            models.Index(fields=["occurred_at"], name="ledger_entry_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.chain}/{self.sequence}"

    @property
    def facts(self) -> dict[str, Any]:
        """`details` as an object."""
        facts: dict[str, Any] = json.loads(self.details)
        return facts


class ChainHead(models.Model):
    """Where each chain ends. Kept by `ledger_append`; the application role may only read it, to verify."""

    chain = models.CharField(max_length=36, primary_key=True)
    sequence = models.BigIntegerField()
    hash = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.chain}/{self.sequence}"
