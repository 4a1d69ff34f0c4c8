from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q, Value, prefetch_related_objects
from django.db.models.functions import Cast
from django.db.models.lookups import Regex
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from consents.catalogue import terms
from consents.catalogue.rules import TEAM_NAMES, fold_team
from consents.core import countries
from consents.core.canonical import is_parts_by_name, is_texts_by_name
from consents.core.countries import EEA
from consents.core.fields import CodedField
from consents.core.grouped_ids import RandomIdModel
from consents.law import transfers
from consents.law.transfers import Safeguard
from consents.people.models import User
from consents.people.two_officers.models import OPEN, Proposal

COUNTRY = r"^[A-Z]{2}$"


def get_in_active_language[T](words: Mapping[str, T]) -> T | None:
    """Return the entry in the active language, or else in the first of settings.LANGUAGES that has one."""
    active = get_language() or settings.LANGUAGE_CODE
    order = [active, active.partition("-")[0], *(code for code, _name in settings.LANGUAGES), *words]
    return next((words[language] for language in order if words.get(language)), None)


class Category(models.Model):
    """A kind of data about a customer: "Contact details", "Orders". Least sensitive first.

    `words` is language → {"title", "description", "source"}; the source is where the company got the data.
    """

    code = models.SlugField(_("code"), max_length=40, unique=True)
    words = models.JSONField(default=dict)
    term = CodedField(_("kind in DPV"), max_length=60, blank=True, choices=terms.list_term_choices(terms.PERSONAL_DATA))
    sensitive = models.BooleanField(_("sensitive"), default=False)
    special = models.BooleanField(
        _("special category"), default=False, help_text=_("Health, beliefs, origin and the like (GDPR Art 9).")
    )
    order = models.PositiveSmallIntegerField(_("order"), default=100)
    published = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("data category")
        verbose_name_plural = _("data categories")
        ordering = ["sensitive", "order", "code"]
        constraints = [
            models.CheckConstraint(condition=is_parts_by_name("words"), name="catalogue_category_words"),
            models.CheckConstraint(
                condition=Q(term__in=["", *terms.PERSONAL_DATA]), name="catalogue_category_known_term"
            ),
            models.CheckConstraint(
                condition=Q(special=False) | Q(sensitive=True), name="catalogue_category_special_is_sensitive"
            ),
            models.CheckConstraint(
                condition=Q(published=False) | Q(special=True) | ~Q(term__in=sorted(terms.SPECIAL)),
                name="catalogue_category_special_terms_are_special",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return (get_in_active_language(self.words) or {}).get("title") or self.code

    @property
    def description(self) -> str:
        return str((get_in_active_language(self.words) or {}).get("description", ""))

    @property
    def source(self) -> str:
        """Say where the data came from (GDPR Art 15(1)(g); Civ 1798.110(a)(2))."""
        return str((get_in_active_language(self.words) or {}).get("source", ""))


class Field(models.Model):
    """A field of a category, as stored in the vault (`key`) and as people read it (`labels`, by language)."""

    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="fields")
    key = models.CharField(_("key"), max_length=60)
    labels = models.JSONField(default=dict)
    order = models.PositiveSmallIntegerField(_("order"), default=100)

    class Meta:
        verbose_name = _("field")
        verbose_name_plural = _("fields")
        ordering = ["order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["category", "key"], name="catalogue_field_once"),
            models.CheckConstraint(condition=is_texts_by_name("labels"), name="catalogue_field_labels"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return get_in_active_language(self.labels) or self.key


class Party(models.TextChoices):
    """The role of a recipient, in DPV and in words."""

    PROCESSOR = "dpv:DataProcessor", pgettext_lazy("recipient", "works for us")
    CONTROLLER = "dpv:DataController", pgettext_lazy("recipient", "uses it for purposes of its own")
    JOINT_CONTROLLER = "dpv:JointDataControllers", pgettext_lazy("recipient", "decides with us what it is used for")
    THIRD_PARTY = "dpv:ThirdParty", pgettext_lazy("recipient", "an outside company")


class Recipient(models.Model):
    """A person or company outside the company that gets data. Frozen, by trigger, once a published version names it."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = CodedField(_("what it is"), max_length=30, choices=Party)
    address = models.CharField(_("address"), max_length=300)
    contact = models.CharField(_("contact"), max_length=200, help_text=_("An email address or a phone number."))
    country = models.CharField(_("country"), max_length=2, validators=[countries.check_country])
    safeguard = CodedField(
        _("what protects the data there"),
        max_length=12,
        blank=True,
        choices=Safeguard,
        help_text=_("Only outside the European Economic Area (GDPR Art 44-49). Customers read it with the name."),
    )

    class Meta:
        verbose_name = _("recipient")
        verbose_name_plural = _("recipients")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Party.values), name="catalogue_recipient_known_kind"),
            models.CheckConstraint(condition=Q(country__regex=COUNTRY), name="catalogue_recipient_country"),
            models.CheckConstraint(
                condition=Q(safeguard__in=["", *Safeguard.values]), name="catalogue_recipient_known_safeguard"
            ),
            models.CheckConstraint(
                condition=Q(country__in=sorted(EEA), safeguard="") | (~Q(country__in=sorted(EEA)) & ~Q(safeguard="")),
                name="catalogue_recipient_protected_abroad",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def in_words(self) -> str:
        facts = {
            "name": self.name,
            "kind": self.get_kind_display(),
            "country": countries.get_country_name(self.country),
        }
        facts["protection"] = transfers.describe_safeguard(self.safeguard)
        if facts["protection"]:
            return _("%(name)s, %(country)s (%(kind)s; %(protection)s)") % facts
        return _("%(name)s, %(country)s (%(kind)s)") % facts


class Usage(models.TextChoices):
    STANDING = "standing", _("standing: agreed to once, or allowed by law")
    PER_REQUEST = "per_request", _("per request: staff ask each time")
    BOTH = "both", _("both")


class LegalBasis(models.TextChoices):
    """GDPR Art 6(1), in the codes of the DPV eu-gdpr extension."""

    CONSENT = "A6-1-a", _("consent")
    CONTRACT = "A6-1-b", _("contract")
    LEGAL_OBLIGATION = "A6-1-c", _("legal obligation")
    VITAL_INTERESTS = "A6-1-d", _("vital interests")
    PUBLIC_TASK = "A6-1-e", _("public task")
    LEGITIMATE_INTERESTS = "A6-1-f", _("legitimate interests")


# GDPR Art 21(1). The database says the same (choices/sql/marks.sql).
MAY_BE_OBJECTED_TO = frozenset({LegalBasis.PUBLIC_TASK, LegalBasis.LEGITIMATE_INTERESTS})

# Why we may without asking, as a customer reads it.
WITHOUT_ASKING = {
    LegalBasis.CONTRACT: _("We need it to keep our contract with you."),
    LegalBasis.LEGAL_OBLIGATION: _("The law requires it."),
    LegalBasis.VITAL_INTERESTS: _("It can save a life."),
    LegalBasis.PUBLIC_TASK: _("It is a task in the public interest that the law gives us."),
    LegalBasis.LEGITIMATE_INTERESTS: _("We have a good reason for it that weighs more than the harm it could do you."),
}


class Purpose(models.Model):
    """Why data is used. Its versions hold the text; retired purposes are kept."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    usage = CodedField(_("usage"), max_length=12, choices=Usage, default=Usage.PER_REQUEST)
    answer_within = models.DurationField(
        _("answer within"),
        default=timedelta(days=7),
        validators=[MinValueValidator(timedelta(hours=1)), MaxValueValidator(timedelta(days=30))],
        help_text=_("How long the customer has to answer: 1 hour to 30 days."),
    )
    access_default = models.DurationField(_("access for, at first"), default=timedelta(hours=2))
    access_most = models.DurationField(_("access for, at most"), default=timedelta(days=30))
    teams = models.JSONField(
        _("teams that may ask"),
        default=list,
        db_default=Value([], models.JSONField()),
        blank=True,
    )
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("purpose")
        verbose_name_plural = _("purposes")
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
            models.CheckConstraint(
                condition=Regex(Cast("teams", models.TextField()), TEAM_NAMES), name="catalogue_purpose_teams"
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def is_for_team(self, team: str) -> bool:
        """Tell whether members of this team may ask for it; where no team is listed, every team may."""
        return not self.teams or fold_team(team) in map(fold_team, self.teams)


class Retirement(RandomIdModel, Proposal):
    """The end of a purpose, which takes two privacy officers. Until it is approved nothing ends."""

    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="retirements")

    class Meta(Proposal.Meta):
        verbose_name = _("retirement of a purpose")
        verbose_name_plural = _("retirements of purposes")
        constraints = [
            *Proposal.Meta.constraints,
            models.UniqueConstraint(fields=["purpose"], condition=OPEN, name="catalogue_retirement_one_open"),
        ]

    def __str__(self) -> str:
        return f"retirement {str(self.pk)[:8]}"


class PurposeVersion(models.Model):
    """The facts about a purpose that are the same in every language; its words are its notices.

    Frozen, by trigger, once published, and published by an officer who did not write any of it (`writers`).

    `lost`: a material version that came into force after the backup that was restored. Its number and moment count, by
    which consent to earlier ones does not; its words are gone, so that nothing of the purpose is in force until a newer
    version is published.
    """

    purpose = models.ForeignKey(Purpose, verbose_name=_("purpose"), on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("number"))
    legal_basis = CodedField(_("legal basis"), max_length=10, choices=LegalBasis, default=LegalBasis.CONSENT)
    dpv_purpose = CodedField(
        _("purpose in DPV"), max_length=60, blank=True, choices=terms.list_term_choices(terms.PURPOSES)
    )
    categories = models.ManyToManyField(Category, verbose_name=_("data categories"), related_name="purpose_versions")
    recipients = models.ManyToManyField(
        Recipient,
        verbose_name=_("recipients"),
        blank=True,
        related_name="+",
        help_text=_("Who outside the company gets the data. None: nobody."),
    )
    sale = models.BooleanField(
        _("sale or sharing"),
        default=False,
        help_text=_("Sells or shares data in the sense of California’s law: a browser’s opt-out signal ends it."),
    )
    consent_months = models.PositiveSmallIntegerField(
        _("consent lasts, in months"), null=True, blank=True, default=12, help_text=_("Empty: until it is withdrawn.")
    )
    retention_months = models.PositiveSmallIntegerField(
        _("data is kept, in months"), null=True, blank=True, help_text=_("Empty: as long as the purpose needs it.")
    )
    storage = models.JSONField(
        _("stored in"),
        default=list,
        blank=True,
        help_text=_("Countries, two letters each (ISO 3166), with commas: DE, IE."),
    )
    material = models.BooleanField(
        _("material change"), default=True, help_text=_("Earlier consent stops counting; customers are asked again.")
    )
    needs_agreement = models.BooleanField(
        _("manager agrees first"),
        default=False,
        db_default=False,
        help_text=_("The requester’s manager must agree before the customer learns of a request."),
    )
    drafted_by = models.ForeignKey(
        User, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    writers = models.ManyToManyField(User, editable=False, related_name="+")
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        User, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    lost = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = _("version of a purpose")
        verbose_name_plural = _("versions of purposes")
        ordering = ["purpose", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["purpose", "number"], name="catalogue_version_number"),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True, published_by__isnull=True)
                | Q(published_at__isnull=False, published_by__isnull=False)
                | Q(published_at__isnull=False, lost=True),
                name="catalogue_version_published_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(lost=False) | Q(published_at__isnull=False, published_by__isnull=True, material=True),
                name="catalogue_version_lost_is_material",
            ),
            models.CheckConstraint(
                condition=Q(published_by__isnull=True) | Q(drafted_by__isnull=False) & ~Q(drafted_by=F("published_by")),
                name="catalogue_version_two_officers",
            ),
            models.CheckConstraint(
                condition=Q(legal_basis__in=LegalBasis.values), name="catalogue_version_known_basis"
            ),
            models.CheckConstraint(
                condition=Q(dpv_purpose__in=["", *terms.PURPOSES]), name="catalogue_version_known_term"
            ),
            models.CheckConstraint(
                condition=~Q(consent_months=0) & ~Q(retention_months=0), name="catalogue_version_months_count"
            ),
            models.CheckConstraint(
                condition=Regex(Cast("storage", models.TextField()), r'^\[("[A-Z]{2}"(, "[A-Z]{2}")*)?\]$'),
                name="catalogue_version_storage",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.purpose.code} {self.number})"

    @property
    def notice(self) -> "Notice":
        """Return the notice in the active language; runs one query unless notices were prefetched."""
        prefetch_related_objects([self], "notices")
        notices = {notice.language: notice for notice in self.notices.all()}
        return get_in_active_language(notices) or Notice(version=self)

    @property
    def name(self) -> str:
        return self.notice.name

    @property
    def why_without_asking(self) -> str:
        """Say why this purpose needs no consent; '' if it does."""
        return str(WITHOUT_ASKING.get(LegalBasis(self.legal_basis), ""))

    @property
    def recipients_in_words(self) -> str:
        """Name everyone outside the company who gets the data; '' if no one does."""
        return ", ".join(str(recipient.in_words) for recipient in self.recipients.all())

    @property
    def storage_in_words(self) -> str:
        return ", ".join(sorted(countries.get_country_name(code) for code in self.storage))

    @property
    def rests_on_consent(self) -> bool:
        return self.legal_basis == LegalBasis.CONSENT

    @property
    def explicit(self) -> bool:
        """Tell whether consent must be explicit, given in two steps: for special categories (GDPR Art 9(2)(a))."""
        return self.rests_on_consent and any(category.special for category in self.categories.all())


class Notice(models.Model):
    """The text a customer reads about a version, in one language. Frozen with it.

    `hash` is the SHA-256 of `catalogue.display.build_displayed_notice` at publication, in hexadecimal; '' in a draft.
    """

    version = models.ForeignKey(PurposeVersion, on_delete=models.PROTECT, related_name="notices")
    language = models.CharField(_("language"), max_length=10)
    name = models.CharField(
        _("name"), max_length=80, blank=True, help_text=_("A verb phrase: “Answer your questions”.")
    )
    sentence = models.CharField(_("sentence"), max_length=200, blank=True, help_text=_("One plain sentence."))
    text = models.TextField(_("text"), max_length=4000, blank=True)
    if_no = models.CharField(
        _("if the customer says no"),
        max_length=300,
        blank=True,
        help_text=_("What happens if the customer says no."),
    )
    retention = models.CharField(
        _("how long it is kept"), max_length=300, blank=True, help_text=_("In words: “Until you withdraw”.")
    )
    objection = models.CharField(
        _("where to object"),
        max_length=300,
        blank=True,
        help_text=_("Only where it does not rest on consent: what the customer can do against it."),
    )
    hash = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["version", "language"]
        constraints = [
            models.UniqueConstraint(fields=["version", "language"], name="catalogue_notice_one_per_language"),
            models.CheckConstraint(condition=Q(hash__regex="^([0-9a-f]{64})?$"), name="catalogue_notice_hash"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"
