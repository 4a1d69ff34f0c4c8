import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from consents.core.append_only import AppendOnlyModel
from consents.core.clock import DatabaseNow


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, **values: object) -> "User":
        """A user without a password; the address is kept in lower case."""
        user = self.model(email=email.strip().lower(), **values)
        user.set_unusable_password()
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """Somebody who signs in. There is no superuser: no rank opens data.

    A closed account is of somebody erased: a bare row that never changes again (kept by trigger).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("email address"), unique=True)
    first_name = models.CharField(_("first name"), max_length=60, blank=True)
    last_name = models.CharField(_("last name"), max_length=60, blank=True)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(db_default=DatabaseNow(), editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(is_active=False, first_name="", last_name=""),
                name="people_user_closed_is_bare",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_staff(self) -> bool:
        """Django admin's question; the answer is a live staff membership."""
        return self.is_active and hasattr(self, "staff_member") and self.staff_member.ended_at is None

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """No permission by rank: what staff may do hangs on their role, asked for where it is done."""
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff


class Role(models.TextChoices):
    REQUESTER = "requester", _("requester")
    PRIVACY_OFFICER = "privacy_officer", _("privacy officer")
    COMPLIANCE_OFFICER = "compliance_officer", _("compliance officer")


class StaffMember(models.Model):
    """A user's place in the company: role and team. Ended, never deleted."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, primary_key=True, related_name="staff_member")
    role = models.CharField(max_length=20, choices=Role)
    team = models.CharField(max_length=60)
    number = models.CharField(max_length=20, blank=True)
    started_at = models.DateTimeField(db_default=DatabaseNow())
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(role__in=Role.values), name="people_staffmember_known_role")]

    def __str__(self) -> str:
        return f"{self.user.first_name} ({self.team})"


class Customer(models.Model):
    """A person the company holds data about.

    `id` is the pseudonym that outlives erasure. `reference` is the company's own number (personal, unlinked by
    erasure). `born_on` tells who needs a guardian to consent; None where nobody needed to know. The address on file
    is sealed under the customer's key and found by keyed hash alone. Of an erased customer nothing but `id` and the
    moments is left, and the row never changes again (kept by trigger).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=60, null=True, unique=True)
    address_hash = models.BinaryField(null=True, max_length=32)
    sealed_address = models.BinaryField(null=True)
    country = models.CharField(max_length=2, blank=True)
    region = models.CharField(max_length=60, blank=True)
    language = models.CharField(max_length=10, default="en")
    born_on = models.DateField(null=True)
    created_at = models.DateTimeField(db_default=DatabaseNow())
    erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["address_hash"], name="people_customer_by_address")]
        constraints = [
            models.CheckConstraint(
                condition=Q(address_hash__isnull=True, sealed_address__isnull=True)
                | Q(address_hash__isnull=False, sealed_address__isnull=False),
                name="people_customer_address_both_or_neither",
            ),
            models.CheckConstraint(condition=~Q(reference=""), name="people_customer_reference_not_empty"),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True)
                | Q(
                    reference__isnull=True,
                    address_hash__isnull=True,
                    country="",
                    region="",
                    language="",
                    born_on__isnull=True,
                ),
                name="people_customer_unlinked_when_erased",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class CustomerKey(models.Model):
    """The customer's own key, wrapped. Destroying it makes everything sealed under it unreadable."""

    customer = models.OneToOneField(Customer, on_delete=models.PROTECT, primary_key=True, related_name="key")
    kid = models.CharField(max_length=20)
    wrapped = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.customer_id} ({self.kid})"


class Acting(models.Model):
    """Which user may act for which customer, as what, from when until when."""

    class Capacity(models.TextChoices):
        SELF = "self", _("the customer")
        GUARDIAN = "guardian", _("guardian")
        AGENT = "agent", _("authorized agent")

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="actings")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="actings")
    capacity = models.CharField(max_length=10, choices=Capacity, default=Capacity.SELF)
    starts_at = models.DateTimeField(db_default=DatabaseNow())
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(capacity="self", ends_at__isnull=True),
                name="people_acting_one_self_per_customer",
            ),
            models.UniqueConstraint(
                fields=["user", "customer"], condition=Q(ends_at__isnull=True), name="people_acting_once"
            ),
            models.CheckConstraint(
                condition=Q(capacity__in=["self", "guardian", "agent"]), name="people_acting_known_capacity"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} for {self.customer_id}"


class ClaimCode(models.Model):
    """A code an officer prints once, for a customer without an address on file or for a child's guardian.

    Stored as a keyed hash. `capacity`: as what its user acts for the customer.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="claim_codes")
    code_hash = models.BinaryField(max_length=32, unique=True)
    capacity = models.CharField(max_length=10, choices=Acting.Capacity, default=Acting.Capacity.SELF)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=DatabaseNow())
    ends_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(capacity__in=["self", "guardian"]), name="people_claimcode_known_capacity"
            )
        ]

    def __str__(self) -> str:
        return f"claim code {self.pk}"


class Evidence(models.Model):
    """From where an act came. Erasable; the ledger holds only the id. The address is truncated (/24, /48)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.UUIDField(null=True)
    network = models.CharField(max_length=45, blank=True)
    browser = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=20, blank=True)
    recorded_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        verbose_name_plural = "evidence"

    def __str__(self) -> str:
        return str(self.id)


class Submission(models.Model):
    """A form that was sent and counted. `content` is a keyed hash of what it said, `made` the id of what came of it.

    Never changes, and is kept for a day at least (by trigger).
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    token = models.UUIDField()
    content = models.BinaryField(max_length=32)
    made = models.CharField(max_length=64, blank=True)
    sent_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "token"], name="people_submission_once")]
        indexes = [models.Index(fields=["sent_at"], name="people_submission_by_time")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.token}"


class LegalHold(models.Model):
    """The law forbids erasing this customer for now. Placed by an officer; looked at again by a day; lifted once.

    `original`: hash of the ledger entry of a hold that a restored backup did not know and that was placed again. Its
    document is that entry, and who placed it may be nobody that the backup knew.
    """

    class Reason(models.TextChoices):
        LEGAL_CLAIM = "legal_claim", _("a legal claim")
        COURT_ORDER = "court_order", _("an order of a court")
        AUTHORITY = "authority", _("an order of an authority")
        LEGAL_DUTY = "legal_duty", _("a duty to keep by law")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="legal_holds")
    reason = models.CharField(max_length=20, choices=Reason)
    document = models.CharField(max_length=60)
    review_on = models.DateField()
    placed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField(db_default=DatabaseNow())
    lifted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    original = models.BinaryField(null=True, max_length=32)

    class Meta:
        verbose_name = _("legal hold")
        constraints = [
            models.CheckConstraint(
                condition=Q(placed_by__isnull=False) | Q(original__isnull=False),
                name="people_legalhold_placed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=["legal_claim", "court_order", "authority", "legal_duty"]),
                name="people_legalhold_known_reason",
            ),
            models.CheckConstraint(condition=~Q(document=""), name="people_legalhold_names_its_document"),
            models.CheckConstraint(
                condition=Q(lifted_by__isnull=True, lifted_at__isnull=True)
                | Q(lifted_by__isnull=False, lifted_at__isnull=False),
                name="people_legalhold_lifted_by_and_at",
            ),
        ]

    def __str__(self) -> str:
        return str(self.customer_id)[:8]


class Erasure(models.Model):
    """Erasing one customer: one officer proposes, another confirms, and then it is done; or it is cancelled.

    `original`: hash of the ledger entry of an erasure that a restored backup did not know and that was done again.
    """

    class Reason(models.TextChoices):
        """Grounds of GDPR Art 17(1)."""

        REQUESTED = "requested", _("the customer asked for it")
        NOT_NEEDED = "not_needed", _("the data is not needed any more")
        WITHDRAWN = "withdrawn", _("consent was withdrawn and nothing else allows keeping it")
        UNLAWFUL = "unlawful", _("the data should never have been kept")
        LEGAL_DUTY = "legal_duty", _("the law demands it")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="erasures")
    reason = models.CharField(max_length=20, choices=Reason)
    proposed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=DatabaseNow())
    confirmed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    cancelled_at = models.DateTimeField(null=True)
    original = models.BinaryField(null=True, max_length=32)

    class Meta:
        verbose_name = _("erasure")
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=["requested", "not_needed", "withdrawn", "unlawful", "legal_duty"]),
                name="people_erasure_known_reason",
            ),
            models.CheckConstraint(
                condition=Q(original__isnull=True, proposed_by__isnull=False)
                | Q(original__isnull=False, done_at__isnull=False),
                name="people_erasure_is_proposed",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("proposed_by")),
                name="people_erasure_two_officers",
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, confirmed_by__isnull=True)
                | Q(done_at__isnull=False, confirmed_by__isnull=False, original__isnull=True)
                | Q(done_at__isnull=False, confirmed_by__isnull=True, original__isnull=False),
                name="people_erasure_confirmed_and_done",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_by__isnull=True, cancelled_at__isnull=True)
                | Q(cancelled_by__isnull=False, cancelled_at__isnull=False, done_at__isnull=True),
                name="people_erasure_cancelled_by_and_at",
            ),
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(cancelled_at__isnull=True),
                name="people_erasure_one_per_customer",
            ),
        ]

    def __str__(self) -> str:
        return str(self.customer_id)[:8]


class ErasedReference(AppendOnlyModel):
    """A customer number that was erased, as a keyed hash and no more: the company’s next list is not to bring its owner
    back. The entry of the erasure names the same hash, by which a restored backup keeps out whom it never knew.
    """

    hash = models.BinaryField(primary_key=True, max_length=32)

    def __str__(self) -> str:
        return "erased reference"
