import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consents.core.canonical import is_list_of_texts
from consents.core.clock import DatabaseNow
from consents.core.fields import CodedField
from consents.core.grouped_ids import RandomIdModel
from consents.core.row_checks import require_all_or_none, require_another
from consents.core.sealing import HashIndex
from consents.people import rules
from consents.people.models.directory import DirectoryGroup as DirectoryGroup
from consents.people.models.directory import DirectoryPerson as DirectoryPerson
from consents.people.models.erased_references import ErasedReference as ErasedReference
from consents.people.models.joint_assents import JointAssent as JointAssent
from consents.people.models.staff_proposals import StaffProposal as StaffProposal
from consents.people.two_officers.models import OPEN, Proposal


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, **values: object) -> "User":
        """Create a user without a password; the address is stored in its one spelling."""
        user = self.model(email=rules.normalize_address(email), **values)
        user.set_unusable_password()
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who signs in. There is no superuser: no rank opens data.

    `new_email` is verified, and replaces `email` at `new_email_at` unless the change is cancelled before.

    `language`: of the pages and emails, where it is not a customer’s record that says so; empty until it was chosen.

    `locked_at`: a phone was lost, and the account shows nothing until its owner has proved in two ways who they are.

    A closed account belongs to an erased person: an empty row that never changes again (kept by trigger).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("email address"), unique=True)
    first_name = models.CharField(_("first name"), max_length=60, blank=True)
    last_name = models.CharField(_("last name"), max_length=60, blank=True)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(db_default=DatabaseNow(), editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    new_email = models.EmailField(blank=True, default="", db_default="")
    new_email_at = models.DateTimeField(null=True)
    locked_at = models.DateTimeField(null=True, editable=False)
    language = models.CharField(max_length=10, blank=True, default="", db_default="")

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(is_active=False, first_name="", last_name="", new_email=""),
                name="people_user_closed_is_bare",
            ),
            models.CheckConstraint(
                condition=Q(new_email="", new_email_at__isnull=True)
                | (~Q(new_email="") & Q(new_email_at__isnull=False)),
                name="people_user_new_email_and_when",
            ),
        ]

    def remember_language(self, language: str) -> None:
        """Use it for the pages and emails of this account: how they read, and nothing that the ledger tells of."""
        User.objects.filter(pk=self.pk, closed_at=None).update(language=language)

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_staff(self) -> bool:
        """Answer Django admin's question: a member of staff is one whose membership has not ended."""
        return self.is_active and hasattr(self, "staff_member") and self.staff_member.ended_at is None

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Give no permission by rank: what staff may do depends on their role, checked where it is done."""
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff


class Role(models.TextChoices):
    REQUESTER = "requester", _("requester")
    PRIVACY_OFFICER = "privacy_officer", _("privacy officer")
    COMPLIANCE_OFFICER = "compliance_officer", _("compliance officer")


class StaffMember(models.Model):
    """A user's place in the company: role and team. Changed, ended and begun again on record, never deleted.

    `former_teams`: names of the teams before, renamed or left, in lower case (kept by trigger). `manager`: who must
    agree to their requests where a purpose asks for it; set by an officer, and may have left since.
    """

    user = models.OneToOneField(User, on_delete=models.PROTECT, primary_key=True, related_name="staff_member")
    role = CodedField(_("role"), max_length=20, choices=Role)
    team = models.CharField(_("team"), max_length=60)
    former_teams = models.JSONField(default=list, db_default=Value([], models.JSONField()), editable=False)
    number = models.CharField(_("number"), max_length=20, blank=True)
    manager = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="reports")
    started_at = models.DateTimeField(_("started"), db_default=DatabaseNow())
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("member of staff")
        verbose_name_plural = _("members of staff")
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="people_staffmember_known_role"),
            models.CheckConstraint(condition=is_list_of_texts("former_teams"), name="people_staffmember_former_teams"),
            require_another("manager", "user", name="people_staffmember_not_own_manager"),
        ]

    def __str__(self) -> str:
        return f"{self.user.first_name} ({self.team})"


class Customer(RandomIdModel):
    """A person the company holds data about.

    `id` is the pseudonym that outlives erasure. `reference` is the company's own number (personal, unlinked by
    erasure). `time_zone`: the IANA name of where their days begin; empty where the company's do. `born_on` shows who
    needs a guardian to consent; it may be empty. `yes_of`: of several holders, whose yes is needed, as their contract
    has it. The address on file is sealed under the customer's key and found by
    keyed hash alone. After an erasure only `id` and the moments remain, and the row never changes again (kept by
    trigger).
    """

    class YesOf(models.TextChoices):
        ALL = "all", _("all holders")
        ANY = "any", _("any one holder")

    reference = models.CharField(max_length=60, null=True)
    address_hash = models.BinaryField(null=True, max_length=32)
    sealed_address = models.BinaryField(null=True)
    country = models.CharField(max_length=2, blank=True)
    region = models.CharField(max_length=60, blank=True)
    language = models.CharField(max_length=10, default="en")
    time_zone = models.CharField(max_length=40, blank=True, default="", db_default="")
    born_on = models.DateField(null=True)
    yes_of = CodedField(max_length=3, choices=YesOf, default=YesOf.ALL, db_default=YesOf.ALL.value)
    created_at = models.DateTimeField(db_default=DatabaseNow())
    erased_at = models.DateTimeField(null=True)

    class Meta:
        # No order is in a hash: this index is a third of an ordered one, of which each row of an import would write
        # another page.
        indexes = [HashIndex(fields=["address_hash"], name="people_customer_by_address")]
        constraints = [
            # Not `unique`, which makes a second index, for the beginnings of texts: no one asks for these.
            models.UniqueConstraint(fields=["reference"], name="people_customer_one_per_reference"),
            require_all_or_none("address_hash", "sealed_address", name="people_customer_address_both_or_neither"),
            models.CheckConstraint(condition=~Q(reference=""), name="people_customer_reference_not_empty"),
            models.CheckConstraint(condition=Q(yes_of__in=["all", "any"]), name="people_customer_known_yes_of"),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True)
                | Q(
                    reference__isnull=True,
                    address_hash__isnull=True,
                    country="",
                    region="",
                    language="",
                    time_zone="",
                    born_on__isnull=True,
                    yes_of="all",
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
    """The right of a user to act for a customer: in which capacity, from when until when.

    A *holder* (`HOLDING`) is the customer, or somebody who shares the account with all the same rights.

    `sealed_name`: what a representative calls the customer, sealed under the customer's key; only the representative
    reads it, on pages and in emails.
    """

    class Capacity(models.TextChoices):
        SELF = "self", _("the customer")
        HOLDER = "holder", _("joint account holder")
        GUARDIAN = "guardian", _("guardian")
        AGENT = "agent", _("authorized agent")

    HOLDING = (Capacity.SELF, Capacity.HOLDER)

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="actings")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="actings")
    capacity = CodedField(max_length=10, choices=Capacity, default=Capacity.SELF)
    starts_at = models.DateTimeField(db_default=DatabaseNow())
    ends_at = models.DateTimeField(null=True, blank=True)
    sealed_name = models.BinaryField(null=True)

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
                condition=Q(capacity__in=["self", "holder", "guardian", "agent"]), name="people_acting_known_capacity"
            ),
        ]
        indexes = [
            models.Index(
                fields=["customer"], condition=Q(capacity="holder", ends_at__isnull=True), name="people_acting_shared"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} for {self.customer_id}"

    @property
    def is_holding(self) -> bool:
        return self.capacity in self.HOLDING


class ClaimCode(RandomIdModel, Proposal):
    """A code on paper for a customer without an address on file, for a further holder, or for a child's guardian.

    One officer proposes it, another approves it, and the first then prints it, once; or it is cancelled. It is stored
    as a keyed hash. `capacity` is the one in which its user will act for the customer.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="claim_codes")
    capacity = CodedField(_("capacity"), max_length=10, choices=Acting.Capacity, default=Acting.Capacity.SELF)
    ends_at = models.DateTimeField(null=True)
    code_hash = models.BinaryField(null=True, max_length=32, unique=True)
    used_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("claim code")
        verbose_name_plural = _("claim codes")
        constraints = [
            models.CheckConstraint(
                condition=Q(capacity__in=["self", "holder", "guardian"]), name="people_claimcode_known_capacity"
            ),
            require_another("approved_by", "proposed_by", name="people_claimcode_two_officers"),
            require_all_or_none("approved_by", "approved_at", "ends_at", name="people_claimcode_approved_by_and_at"),
            models.CheckConstraint(
                condition=Q(code_hash__isnull=True) | Q(approved_at__isnull=False),
                name="people_claimcode_printed_once_approved",
            ),
            require_all_or_none("used_by", "used_at", code_hash__isnull=False, name="people_claimcode_used_by_and_at"),
            require_all_or_none(
                "cancelled_by", "cancelled_at", used_at__isnull=True, name="people_claimcode_cancelled_by_and_at"
            ),
            models.UniqueConstraint(
                fields=["customer", "capacity"], condition=OPEN, name="people_claimcode_one_proposal"
            ),
        ]

    def __str__(self) -> str:
        return gettext("Claim code for customer %(id)s") % {"id": str(self.customer_id)[:8]}


class Evidence(RandomIdModel):
    """The origin of an act. Erasable; the ledger holds only the id. The network address is truncated (/24, /48)."""

    user = models.UUIDField(null=True)
    network = models.CharField(max_length=45, blank=True)
    browser = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=20, blank=True)
    recorded_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        verbose_name_plural = _("evidence")

    def __str__(self) -> str:
        return str(self.id)


class Submission(models.Model):
    """A form that was sent and counted. `content` is a keyed hash of its fields, `made` the id of the result.

    It never changes, and is kept for at least a day (by trigger).
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


class LegalHold(RandomIdModel):
    """A legal ban on erasing this customer. An officer places it and reviews it by a set day; it is lifted once.

    `original` is the hash of the ledger entry of a hold that a restored backup did not know and that was placed again.
    Its document is that entry, and the backup may not know who placed it.
    """

    class Reason(models.TextChoices):
        LEGAL_CLAIM = "legal_claim", _("a legal claim")
        COURT_ORDER = "court_order", _("a court order")
        AUTHORITY = "authority", _("an order from an authority")
        LEGAL_DUTY = "legal_duty", _("a legal duty to keep the data")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="legal_holds")
    reason = CodedField(_("reason"), max_length=20, choices=Reason)
    document = models.CharField(_("document"), max_length=60)
    review_on = models.DateField(_("review on"))
    placed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField(db_default=DatabaseNow())
    lifted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    original = models.BinaryField(null=True, max_length=32)

    class Meta:
        verbose_name = _("legal hold")
        verbose_name_plural = _("legal holds")
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
            require_all_or_none("lifted_by", "lifted_at", name="people_legalhold_lifted_by_and_at"),
        ]

    def __str__(self) -> str:
        return gettext("Legal hold on customer %(id)s") % {"id": str(self.customer_id)[:8]}


class ProposedErasure(RandomIdModel):
    """Hold what one officer proposes to erase, and another confirms or cancels.

    `original` is the hash of the ledger entry of an erasure that a restored backup did not know and that was repeated.
    """

    proposed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=DatabaseNow())
    confirmed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    cancelled_at = models.DateTimeField(null=True)
    original = models.BinaryField(null=True, max_length=32)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(original__isnull=True, proposed_by__isnull=False)
                | Q(original__isnull=False, done_at__isnull=False),
                name="%(app_label)s_%(class)s_is_proposed",
            ),
            require_another("confirmed_by", "proposed_by", name="%(app_label)s_%(class)s_two_officers"),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, confirmed_by__isnull=True)
                | Q(done_at__isnull=False, confirmed_by__isnull=False, original__isnull=True)
                | Q(done_at__isnull=False, confirmed_by__isnull=True, original__isnull=False),
                name="%(app_label)s_%(class)s_confirmed_and_done",
            ),
        ]


class Erasure(ProposedErasure):
    """The erasure of one customer."""

    class Reason(models.TextChoices):
        """Grounds of GDPR Art 17(1)."""

        REQUESTED = "requested", _("the customer asked for it")
        NOT_NEEDED = "not_needed", _("the data is no longer needed")
        WITHDRAWN = "withdrawn", _("consent was withdrawn and nothing else allows keeping it")
        UNLAWFUL = "unlawful", _("the data should never have been kept")
        LEGAL_DUTY = "legal_duty", _("the law requires it")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="erasures")
    reason = CodedField(_("reason"), max_length=20, choices=Reason)

    class Meta(ProposedErasure.Meta):
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        constraints = [
            *ProposedErasure.Meta.constraints,
            models.CheckConstraint(
                condition=Q(reason__in=["requested", "not_needed", "withdrawn", "unlawful", "legal_duty"]),
                name="people_erasure_known_reason",
            ),
            require_all_or_none(
                "cancelled_by", "cancelled_at", done_at__isnull=True, name="people_erasure_cancelled_by_and_at"
            ),
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(cancelled_at__isnull=True),
                name="people_erasure_one_per_customer",
            ),
        ]

    def __str__(self) -> str:
        return gettext("Erasure of customer %(id)s") % {"id": str(self.customer_id)[:8]}
