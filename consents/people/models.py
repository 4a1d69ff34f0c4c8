import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consents.core.clock import DatabaseNow


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, **values: object) -> "User":
        """A user without a password; the address is kept in lower case."""
        user = self.model(email=email.strip().lower(), **values)
        user.set_unusable_password()
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """Somebody who signs in. There is no superuser: no rank opens data."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("email address"), unique=True)
    first_name = models.CharField(_("first name"), max_length=60, blank=True)
    last_name = models.CharField(_("last name"), max_length=60, blank=True)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(db_default=DatabaseNow(), editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

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

    @property
    def short_name(self) -> str:
        """What a customer reads: "Sam from Billing Support"."""
        return _("%(name)s from %(team)s") % {"name": self.user.first_name, "team": self.team}


class Customer(models.Model):
    """A person the company holds data about.

    `id` is the pseudonym that outlives erasure. `reference` is the company's own number (personal, unlinked by
    erasure). `born_on` tells who needs a guardian to consent; None where nobody needed to know. The address on file
    is sealed under the customer's key and found by keyed hash alone.
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

    class Meta:
        indexes = [models.Index(fields=["address_hash"], name="people_customer_by_address")]
        constraints = [
            models.CheckConstraint(
                condition=Q(address_hash__isnull=True, sealed_address__isnull=True)
                | Q(address_hash__isnull=False, sealed_address__isnull=False),
                name="people_customer_address_both_or_neither",
            ),
            models.CheckConstraint(condition=~Q(reference=""), name="people_customer_reference_not_empty"),
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
