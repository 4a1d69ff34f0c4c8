from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.access.models import AccessRequest
from consents.catalogue.models import Category, Purpose, PurposeVersion
from consents.core.append_only import AppendOnlyModel
from consents.core.clock import DatabaseNow
from consents.core.fields import CodedField
from consents.core.grouped_ids import RandomIdModel
from consents.core.row_checks import require_another
from consents.exemptions.rules import ExemptionState
from consents.people.models import Customer, User


class Kind(models.TextChoices):
    LEGAL_DUTY = "legal_duty", gettext_lazy("a legal duty")
    SAFETY = "safety", gettext_lazy("an emergency")


class WhyUnasked(models.TextChoices):
    """Why the customer cannot be asked first."""

    DANGER = "danger", gettext_lazy("Waiting for an answer would be dangerous")
    FORBIDDEN = "forbidden", gettext_lazy("A law forbids asking")


class Exemption(RandomIdModel):
    """Access to data of one customer on a legal duty or in an emergency. Filed by one, decided by another.

    Once filed, only its decision and the moment the customer was told change (by trigger). `access_request`: the ask
    that was made first or runs in parallel; without one, `why_unasked` says why. `check_by`: until when a second
    officer has to check what was opened at once.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    staff = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    asked_name = models.CharField(max_length=60)
    asked_team = models.CharField(max_length=60)
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="+", db_index=False)
    version = models.ForeignKey(PurposeVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    categories = models.ManyToManyField(Category, through="ExemptedCategory", related_name="+")
    kind = CodedField(gettext_lazy("ground"), max_length=10, choices=Kind)
    sentence = models.CharField(max_length=200)
    case_number = models.CharField(max_length=40, blank=True)
    duration = models.DurationField()
    access_request = models.ForeignKey(
        AccessRequest, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    why_unasked = CodedField(max_length=10, choices=WhyUnasked, blank=True)
    unasked_words = models.CharField(max_length=200, blank=True)
    statute = models.CharField(max_length=200, blank=True)
    order_number = models.CharField(max_length=60, blank=True)
    ordered_on = models.DateField(null=True)
    authority = models.CharField(max_length=120, blank=True)
    is_foreign = models.BooleanField(default=False)
    treaty = models.CharField(max_length=200, blank=True)
    scope_asked = models.CharField(max_length=400, blank=True)
    necessity = models.CharField(max_length=400, blank=True)
    threat = models.CharField(max_length=400, blank=True)
    no_other_way = models.CharField(max_length=400, blank=True)
    check_by = models.DateTimeField(null=True)
    digest = models.CharField(max_length=64)
    token = models.UUIDField()
    filed_at = models.DateTimeField(gettext_lazy("filed"))
    state = models.CharField(gettext_lazy("state"), max_length=10, default=ExemptionState.FILED)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    decided_at = models.DateTimeField(null=True)
    decision_words = models.CharField(max_length=200, blank=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = gettext_lazy("exemption")
        verbose_name_plural = gettext_lazy("exemptions")
        constraints = [
            models.UniqueConstraint(fields=["staff", "token"], name="exemptions_exemption_filed_once"),
            models.CheckConstraint(
                condition=Q(kind="legal_duty", ordered_on__isnull=False, check_by__isnull=True, threat="")
                & ~Q(statute="")
                & ~Q(order_number="")
                & ~Q(authority="")
                & ~Q(scope_asked="")
                & ~Q(necessity="")
                | Q(kind="safety", statute="", order_number="", is_foreign=False) & ~Q(threat="") & ~Q(no_other_way=""),
                name="exemptions_exemption_whole_ground",
            ),
            # GDPR Art 48: an order of a third country counts only under an international agreement.
            models.CheckConstraint(
                condition=Q(is_foreign=False) | ~Q(treaty=""), name="exemptions_exemption_no_foreign_order_alone"
            ),
            models.CheckConstraint(
                condition=Q(access_request__isnull=False, why_unasked="", unasked_words="")
                | Q(access_request__isnull=True, why_unasked__in=WhyUnasked.values) & ~Q(unasked_words=""),
                name="exemptions_exemption_asked_or_why_not",
            ),
            models.CheckConstraint(condition=~Q(sentence=""), name="exemptions_exemption_says_why"),
            require_another("decided_by", "staff", name="exemptions_exemption_two_people"),
            models.CheckConstraint(
                condition=Q(state__in=["granted", "refused"], decided_by__isnull=False, decided_at__isnull=False)
                | Q(state__in=["filed", "opened"], decided_by__isnull=True, decided_at__isnull=True)
                | Q(state__in=["unchecked", "cancelled"], decided_by__isnull=True, decided_at__isnull=False),
                name="exemptions_exemption_decided_by_and_at",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-filed_at"], name="exemptions_of_customer"),
            models.Index(fields=["staff", "-filed_at"], name="exemptions_of_staff"),
            models.Index(fields=["filed_at"], name="exemptions_by_time"),
        ]

    def __str__(self) -> str:
        return _("Exemption about customer %(id)s") % {"id": str(self.customer_id)[:8]}

    @property
    def asked_as(self) -> str:
        """Name the requester for the customer, in their language: "Sam from Billing Support"."""
        return _("%(name)s from %(team)s") % {"name": self.asked_name, "team": self.asked_team}


class ExemptedCategory(AppendOnlyModel):
    """A data category that an exemption opens: the scope given. A trigger copies `customer` from the exemption."""

    exemption = models.ForeignKey(Exemption, on_delete=models.PROTECT, related_name="exempted")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False, editable=False)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["exemption", "category"], name="exemptions_category_once")]


class Delay(AppendOnlyModel):
    """A delay of telling the customer, made with the decision or renewed by another officer. It ends by itself.

    A trigger copies `customer` from the exemption.
    """

    exemption = models.ForeignKey(Exemption, on_delete=models.PROTECT, related_name="delays")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False, editable=False)
    law = models.CharField(max_length=200)
    authority = models.CharField(max_length=120)
    reason = models.CharField(max_length=400)
    until = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    decided_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(law="") & ~Q(authority="") & ~Q(reason=""), name="exemptions_delay_says_why"
            ),
        ]
        indexes = [models.Index(fields=["customer"], name="exemptions_delay_of_customer")]
