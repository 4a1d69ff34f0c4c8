from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consents.core.canonical import is_all_of
from consents.core.clock import DatabaseNow
from consents.core.fields import CodedField
from consents.core.grouped_ids import RandomIdModel
from consents.notifications import rules
from consents.people.models import Customer, StaffMember, User


class Message(RandomIdModel):
    """An email to one person. `context` holds nothing personal; account emails are sealed until they are sent.

    `sent_at` is when it was finished, sent or not; see `outcome`. `tries` and `error` describe failed attempts that are
    retried: the kind of error, never its text. `address_hash` is the address it went to, to recognise the email if it
    is returned.
    """

    kind = models.CharField(max_length=60)
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="+")
    context = models.JSONField(default=dict)
    sealed = models.BinaryField(null=True)
    key = models.CharField(max_length=120)
    queued_at = models.DateTimeField(_("queued"), db_default=DatabaseNow())
    sent_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    error = models.CharField(max_length=60, blank=True)
    address_hash = models.BinaryField(null=True, max_length=32)

    class Meta:
        verbose_name = _("undelivered email")
        verbose_name_plural = _("undelivered emails")
        constraints = [
            models.CheckConstraint(condition=is_all_of("context", "$", "object"), name="notifications_message_context"),
            # Not `unique`, which makes a second index, for the beginnings of texts: no one asks for these.
            models.UniqueConstraint(fields=["key"], name="notifications_message_one_per_key"),
            models.CheckConstraint(
                condition=Q(user__isnull=False, customer__isnull=True, sealed__isnull=True)
                | Q(user__isnull=True, customer__isnull=False, sealed__isnull=True)
                | Q(user__isnull=True, customer__isnull=True),
                name="notifications_message_one_recipient",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True, outcome="")
                | Q(sent_at__isnull=False, outcome__in=sorted(rules.OUTCOMES)),
                name="notifications_message_done_or_not",
            ),
        ]
        indexes = [
            models.Index(fields=["queued_at"], condition=~Q(outcome=rules.SENT), name="notifications_message_unsent")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class FailingAddress(models.Model):
    """An address that email does not reach, by keyed hash: a server refused it for good, or an email was returned."""

    class How(models.TextChoices):
        REFUSED = "refused", _("refused by its mail server")
        BOUNCED = "bounced", _("email was returned")

    address_hash = models.BinaryField(max_length=32, unique=True)
    how = CodedField(max_length=10, choices=How)
    status = models.CharField(max_length=12, blank=True)
    since = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(how__in=["refused", "bounced"]), name="notifications_failingaddress_known_how"
            )
        ]

    def __str__(self) -> str:
        return f"{self.how} {self.status}"


class Preference(models.Model):
    """A customer's wish about reminders to review their choices; without a row they are reminded."""

    class Digests(models.TextChoices):
        WEEKLY = "weekly", _("Yes, when I have not been here for 90 days")
        NEVER = "never", _("Never")

    customer = models.OneToOneField(Customer, on_delete=models.PROTECT, primary_key=True, related_name="+")
    digests = CodedField(max_length=10, choices=Digests)
    since = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(digests__in=["weekly", "never"]), name="notifications_preference_known")
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.digests}"


class StaffPreference(models.Model):
    """Tells how a member of staff hears of what begins to wait for them; without a row, in the day's email alone."""

    class Told(models.TextChoices):
        DAILY = "daily", _("Once a day, in the morning, if something waits")
        EACH = "each", _("Once a day, and at once whenever something new waits")

    member = models.OneToOneField(StaffMember, on_delete=models.PROTECT, primary_key=True, related_name="+")
    told = CodedField(max_length=10, choices=Told)
    since = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(told__in=["daily", "each"]), name="notifications_staffpreference_known")
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.told}"
