from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consents.core.clock import DatabaseNow
from consents.core.grouped_ids import RandomIdModel
from consents.people.models import Customer


class Webhook(RandomIdModel):
    """Tells one system of one change: the answer about this customer and purpose may be another one now.

    `kind` is the event of the ledger. Without a `customer` it is about everybody, without a `purpose` about all of the
    system's. `record`: the choice or the mark that changed. `sealed`: the number of an erased customer, of whom nothing
    else leads to a person, under the portal's key `key_id`, until it is delivered. `queued_at` orders what one customer
    did, across a restoration too. `error` is the kind of the last failure, never its text.
    """

    system = models.CharField(max_length=60)
    kind = models.CharField(max_length=60)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=60, blank=True)
    record = models.UUIDField(null=True)
    sealed = models.BinaryField(null=True)
    key_id = models.CharField(max_length=20, blank=True)
    queued_at = models.DateTimeField(db_default=DatabaseNow())
    due_at = models.DateTimeField(db_default=DatabaseNow())
    tries = models.SmallIntegerField(default=0)
    error = models.CharField(max_length=60, blank=True)
    delivered_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["system", "due_at"],
                condition=Q(delivered_at__isnull=True),
                name="systems_webhook_undelivered",
            )
        ]

    def __str__(self) -> str:
        return f"{self.system} {self.kind} {self.id}"


class Receiver(models.Model):
    """Keeps how delivery to one system goes; the address itself stands in PORTAL_SYSTEMS.

    `failures`: in a row. Nothing is sent before `resumes_at`, and nothing at all from `stopped_at` on, until an officer
    sends again.
    """

    name = models.CharField(_("system"), max_length=60, primary_key=True)
    failures = models.SmallIntegerField(default=0)
    resumes_at = models.DateTimeField(db_default=DatabaseNow())
    stopped_at = models.DateTimeField(_("stopped"), null=True)
    failed_at = models.DateTimeField(_("last failure"), null=True)
    error = models.CharField(max_length=60, blank=True)
    delivered_at = models.DateTimeField(_("last delivered"), null=True)

    class Meta:
        verbose_name = _("system told of changes")
        verbose_name_plural = _("systems told of changes")

    def __str__(self) -> str:
        return self.name
