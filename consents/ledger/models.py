import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from consents.core.append_only import AppendOnlyModel
from consents.core.clock import DatabaseNow


def parse_moment(text: str) -> datetime:
    """Parse a moment that can be shown in every time zone. Raises ValueError, TypeError."""
    return check_moment(datetime.fromisoformat(text))


def check_moment(moment: datetime) -> datetime:
    """Return a moment with an offset that can be shown in every time zone. Raises ValueError for any other."""
    if moment.tzinfo and 1900 < moment.year < 9000:
        return moment
    raise ValueError(moment)


class Entry(AppendOnlyModel):
    """A line of the ledger, written by the database function `append_entry` alone.

    `canonical` is the RFC 8785 text of everything else in the row; `hash` is its SHA-256; each text names the hash of
    the entry before it in the same chain.
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
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        constraints = [models.UniqueConstraint(fields=["chain", "sequence"], name="ledger_entry_one_per_place")]
        indexes = [
            models.Index(fields=["customer", "-id"], name="ledger_entry_of_customer"),
            models.Index(fields=["object", "occurred_at"], name="ledger_entry_of_object"),
            models.Index(fields=["occurred_at"], name="ledger_entry_by_time"),
            # A year's yes and no are counted from it alone: the entries themselves are most of the database.
            models.Index(
                fields=["occurred_at"],
                include=["event", "purpose", "customer"],
                condition=Q(event__in=["consent.given", "consent.withdrawn"]),
                name="ledger_consents_by_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.chain}/{self.sequence}"

    @property
    def facts(self) -> dict[str, Any]:
        """Return `details` as an object."""
        facts: dict[str, Any] = json.loads(self.details)
        return facts

    def find_moment(self, name: str) -> datetime | None:
        """Find a moment among `facts`, if it is a plausible one; None as of `find_fact`."""
        return self.find_fact(name, parse_moment)

    def find_fact[Value](self, name: str, parse: Callable[[Any], Value]) -> Value | None:
        """Find a value among `facts`, as `parse` makes it; None where there is none, or `parse` cannot take it: an
        entry that no act of ours appended may hold anything.
        """
        try:
            return parse(self.facts[name])
        except (KeyError, TypeError, ValueError, AttributeError):
            return None


class ChainHead(models.Model):
    """The end of each chain, kept by `append_entry`; the application role may only read it, to verify."""

    chain = models.CharField(max_length=36, primary_key=True)
    sequence = models.BigIntegerField()
    hash = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.chain}/{self.sequence}"


class Leaf(AppendOnlyModel):
    """The place of an entry in the sealed log, given by the sealing job; from 0, without gaps.

    There is no foreign key: sealing must not lock the entries, and must notice when one is removed.
    """

    leaf_index = models.BigIntegerField(primary_key=True)
    entry = models.BigIntegerField(unique=True)
    hash = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.leaf_index}"


class Checkpoint(AppendOnlyModel):
    """The tree after one run of sealing. The signed note kept outside is the evidence; this row lets sealing continue.

    `frontier` are the roots of the whole subtrees, largest first. Every entry up to `settled` is sealed or will never
    be; `seen` was the last entry in sight, decided once all transactions before `horizon` have ended. A trigger sets
    these three.
    """

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    frontier = models.BinaryField()
    note = models.TextField()
    settled = models.BigIntegerField()
    seen = models.BigIntegerField()
    horizon = models.BigIntegerField()
    made_at = models.DateTimeField(db_default=DatabaseNow())

    def __str__(self) -> str:
        return f"{self.size}"


class Unjournalled(models.Model):
    """A closing entry that is not in the journal outside yet: noted by a trigger, removed by the journal."""

    entry = models.BigIntegerField(primary_key=True)

    def __str__(self) -> str:
        return f"{self.entry}"


class Restoration(models.Model):
    """A restoration of this database from a backup, written by its owner alone; nothing is served before it is opened.

    `size` is how much of the log the backup held. If a checkpoint outside covers more, `lost_size` and `lost_root` are
    that checkpoint's, and `statement` is the signed note that says so: the log continues under the name of the next
    `generation`. `journal` is how many lines of the journal were repeated.
    """

    backup = models.CharField(max_length=60)
    size = models.BigIntegerField()
    lost_size = models.BigIntegerField(null=True)
    lost_root = models.BinaryField(null=True)
    statement = models.TextField(blank=True)
    generation = models.IntegerField(null=True)
    journal = models.BigIntegerField(null=True)
    began_at = models.DateTimeField(db_default=DatabaseNow())
    opened_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(lost_size__isnull=True, lost_root__isnull=True, generation__isnull=True, statement="")
                | Q(lost_size__gt=F("size"), lost_root__isnull=False, generation__gt=1) & ~Q(statement=""),
                name="ledger_restoration_states_what_is_lost",
            ),
            models.CheckConstraint(
                condition=Q(opened_at__isnull=True) | Q(journal__isnull=False),
                name="ledger_restoration_journal_before_opening",
            ),
        ]

    def __str__(self) -> str:
        return self.backup
