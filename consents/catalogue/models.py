from datetime import timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from consents.people.models import User


class Category(models.Model):
    """A kind of data about a customer: "Contact details", "Orders". Least sensitive first."""

    code = models.SlugField(max_length=40, unique=True)
    title = models.CharField(max_length=80)
    description = models.CharField(max_length=300, blank=True)
    sensitive = models.BooleanField(default=False)
    order = models.PositiveSmallIntegerField(default=100)
    published = models.BooleanField(default=False)

    class Meta:
        ordering = ["sensitive", "order", "title"]
        verbose_name = _("data category")
        verbose_name_plural = _("data categories")

    def __str__(self) -> str:
        return self.title


class Field(models.Model):
    """One field of a category, as it stands in the vault (`key`) and as people read it (`label`)."""

    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="fields")
    key = models.CharField(max_length=60)
    label = models.CharField(max_length=80)
    order = models.PositiveSmallIntegerField(default=100)

    class Meta:
        ordering = ["order", "id"]
        constraints = [models.UniqueConstraint(fields=["category", "key"], name="catalogue_field_once")]

    def __str__(self) -> str:
        return self.label


class Usage(models.TextChoices):
    STANDING = "standing", _("standing: the customer agrees once")
    PER_REQUEST = "per_request", _("per request: staff ask each time")
    BOTH = "both", _("both")


class LegalBasis(models.TextChoices):
    """GDPR Art 6(1), in the codes of the DPV eu-gdpr extension (law.md §5 B)."""

    CONSENT = "A6-1-a", _("consent")
    CONTRACT = "A6-1-b", _("contract")
    LEGAL_OBLIGATION = "A6-1-c", _("legal obligation")
    VITAL_INTERESTS = "A6-1-d", _("vital interests")
    PUBLIC_TASK = "A6-1-e", _("public task")
    LEGITIMATE_INTERESTS = "A6-1-f", _("legitimate interests")


class Purpose(models.Model):
    """Why data is used. What it says stands in its versions; retired purposes are kept."""

    code = models.SlugField(max_length=60, unique=True)
    usage = models.CharField(max_length=12, choices=Usage, default=Usage.PER_REQUEST)
    answer_within = models.DurationField(
        default=timedelta(days=7),
        validators=[MinValueValidator(timedelta(hours=1)), MaxValueValidator(timedelta(days=30))],
        help_text=_("How long the customer has to answer: 1 hour to 30 days."),
    )
    access_default = models.DurationField(default=timedelta(hours=2))
    access_most = models.DurationField(default=timedelta(days=30))
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(usage__in=Usage.values), name="catalogue_purpose_known_usage"),
            models.CheckConstraint(
                condition=Q(answer_within__gte=timedelta(hours=1), answer_within__lte=timedelta(days=30)),
                name="catalogue_purpose_answer_within",
            ),
            models.CheckConstraint(
                condition=Q(access_default__gt=timedelta(0))
                & Q(access_default__lte=F("access_most"))
                & Q(access_most__lte=timedelta(days=30)),
                name="catalogue_purpose_access_length",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_standing(self) -> bool:
        return self.usage in (Usage.STANDING, Usage.BOTH)


class PurposeVersion(models.Model):
    """The words a customer reads about a purpose. Frozen, by trigger, once published."""

    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=80, help_text=_("A verb phrase: “Answer your questions”."))
    sentence = models.CharField(max_length=200, help_text=_("One plain sentence."))
    text = models.TextField(max_length=4000)
    if_no = models.CharField(
        _("if the customer says no"), max_length=300, help_text=_("What happens if the customer says no.")
    )
    recipients = models.CharField(
        max_length=300, blank=True, help_text=_("Who outside the company gets the data. Empty: nobody.")
    )
    legal_basis = models.CharField(max_length=10, choices=LegalBasis, default=LegalBasis.CONSENT)
    categories = models.ManyToManyField(Category, related_name="purpose_versions")
    material = models.BooleanField(
        _("material change"), default=True, help_text=_("Earlier consent stops counting and is asked anew.")
    )
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        User, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["purpose", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["purpose", "number"], name="catalogue_version_number"),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True, published_by__isnull=True)
                | Q(published_at__isnull=False, published_by__isnull=False),
                name="catalogue_version_published_by_and_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.purpose.code} {self.number})"
