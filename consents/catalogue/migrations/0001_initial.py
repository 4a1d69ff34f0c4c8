import datetime
import uuid

import django.core.validators
import django.db.models.functions.comparison
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

import consents.core.countries
from consents.core.clock import DatabaseNow


class Migration(migrations.Migration):
    initial = True

    dependencies = [("core", "0001_rules"), ("people", "__first__")]

    operations = [
        migrations.CreateModel(
            name="Category",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                ("words", models.JSONField(default=dict)),
                ("term", models.CharField(blank=True, max_length=60, verbose_name="kind in DPV")),
                ("sensitive", models.BooleanField(default=False, verbose_name="sensitive")),
                (
                    "special",
                    models.BooleanField(
                        default=False,
                        help_text="Health, beliefs, origin and the like (GDPR Art 9).",
                        verbose_name="special category",
                    ),
                ),
                ("order", models.PositiveSmallIntegerField(default=100, verbose_name="order")),
                ("published", models.BooleanField(default=False)),
            ],
            options={
                "verbose_name": "data category",
                "verbose_name_plural": "data categories",
                "ordering": ["sensitive", "order", "code"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "term__in",
                                [
                                    "",
                                    "pd:Contact",
                                    "pd:Name",
                                    "pd:EmailAddress",
                                    "pd:TelephoneNumber",
                                    "pd:PhysicalAddress",
                                    "pd:BirthDate",
                                    "pd:OfficialID",
                                    "pd:Communication",
                                    "pd:Financial",
                                    "pd:BankAccount",
                                    "pd:PaymentCard",
                                    "pd:CreditScore",
                                    "pd:Transactional",
                                    "pd:PurchasesAndSpendingHabit",
                                    "pd:Preference",
                                    "pd:Profile",
                                    "pd:Social",
                                    "pd:Household",
                                    "pd:Historical",
                                    "pd:Internal",
                                    "pd:External",
                                    "pd:Tracking",
                                    "pd:Location",
                                    "pd:IPAddress",
                                    "pd:MedicalHealth",
                                ],
                            )
                        ),
                        name="catalogue_category_known_term",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("special", False), ("sensitive", True), _connector="OR"),
                        name="catalogue_category_special_is_sensitive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("published", False),
                            ("special", True),
                            models.Q(("term__in", ["pd:MedicalHealth"]), _negated=True),
                            _connector="OR",
                        ),
                        name="catalogue_category_special_terms_are_special",
                    ),
                    models.CheckConstraint(
                        condition=models.Func(
                            models.F("words"),
                            output_field=models.BooleanField(),
                            template="coalesce(NOT jsonb_path_exists(%(expressions)s, 'strict $.*.* ? (@.type() != \"string\")', '{}', true), false)",
                        ),
                        name="catalogue_category_words",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Purpose",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=60, unique=True, verbose_name="code")),
                ("usage", models.CharField(default="per_request", max_length=12, verbose_name="usage")),
                (
                    "answer_within",
                    models.DurationField(
                        default=datetime.timedelta(days=7),
                        help_text="How long the customer has to answer: 1 hour to 30 days.",
                        validators=[
                            django.core.validators.MinValueValidator(datetime.timedelta(seconds=3600)),
                            django.core.validators.MaxValueValidator(datetime.timedelta(days=30)),
                        ],
                        verbose_name="answer within",
                    ),
                ),
                (
                    "access_default",
                    models.DurationField(default=datetime.timedelta(seconds=7200), verbose_name="access for, at first"),
                ),
                (
                    "access_most",
                    models.DurationField(default=datetime.timedelta(days=30), verbose_name="access for, at most"),
                ),
                (
                    "teams",
                    models.JSONField(
                        blank=True,
                        db_default=models.Value([], models.JSONField()),
                        default=list,
                        verbose_name="teams that may ask",
                    ),
                ),
                ("retired_at", models.DateTimeField(blank=True, editable=False, null=True)),
            ],
            options={
                "verbose_name": "purpose",
                "verbose_name_plural": "purposes",
                "ordering": ["code"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("usage__in", ["standing", "per_request", "both"])),
                        name="catalogue_purpose_known_usage",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("answer_within__gte", datetime.timedelta(seconds=3600)),
                            ("answer_within__lte", datetime.timedelta(days=30)),
                        ),
                        name="catalogue_purpose_answer_within",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("access_default__gt", datetime.timedelta(0)),
                            ("access_default__lte", models.F("access_most")),
                            ("access_most__lte", datetime.timedelta(days=30)),
                        ),
                        name="catalogue_purpose_access_length",
                    ),
                    models.CheckConstraint(
                        condition=django.db.models.lookups.Regex(
                            django.db.models.functions.comparison.Cast("teams", models.TextField()),
                            '^\\[("([^"\\\\]|\\\\.)+"(, "([^"\\\\]|\\\\.)+")*)?\\]$',
                        ),
                        name="catalogue_purpose_teams",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Recipient",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("kind", models.CharField(max_length=30, verbose_name="what it is")),
                ("address", models.CharField(max_length=300, verbose_name="address")),
                (
                    "contact",
                    models.CharField(
                        help_text="An email address or a phone number.", max_length=200, verbose_name="contact"
                    ),
                ),
                (
                    "country",
                    models.CharField(
                        max_length=2, validators=[consents.core.countries.check_country], verbose_name="country"
                    ),
                ),
                (
                    "safeguard",
                    models.CharField(
                        blank=True,
                        help_text="Only outside the European Economic Area (GDPR Art 44-49). Customers read it with the name.",
                        max_length=12,
                        verbose_name="what protects the data there",
                    ),
                ),
            ],
            options={
                "verbose_name": "recipient",
                "verbose_name_plural": "recipients",
                "ordering": ["code"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "dpv:DataProcessor",
                                    "dpv:DataController",
                                    "dpv:JointDataControllers",
                                    "dpv:ThirdParty",
                                ],
                            )
                        ),
                        name="catalogue_recipient_known_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("country__regex", "^[A-Z]{2}$")), name="catalogue_recipient_country"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "safeguard__in",
                                [
                                    "",
                                    "A45-3",
                                    "A46-2-a",
                                    "A46-2-b",
                                    "A46-2-c",
                                    "A46-2-d",
                                    "A46-2-e",
                                    "A46-2-f",
                                    "A46-3-a",
                                    "A46-3-b",
                                    "A49-1-a",
                                    "A49-1-b",
                                    "A49-1-c",
                                    "A49-1-d",
                                    "A49-1-e",
                                    "A49-1-f",
                                    "A49-1-g",
                                    "own-country",
                                ],
                            )
                        ),
                        name="catalogue_recipient_known_safeguard",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                (
                                    "country__in",
                                    [
                                        "AT",
                                        "BE",
                                        "BG",
                                        "CY",
                                        "CZ",
                                        "DE",
                                        "DK",
                                        "EE",
                                        "ES",
                                        "FI",
                                        "FR",
                                        "GR",
                                        "HR",
                                        "HU",
                                        "IE",
                                        "IS",
                                        "IT",
                                        "LI",
                                        "LT",
                                        "LU",
                                        "LV",
                                        "MT",
                                        "NL",
                                        "NO",
                                        "PL",
                                        "PT",
                                        "RO",
                                        "SE",
                                        "SI",
                                        "SK",
                                    ],
                                ),
                                ("safeguard", ""),
                            ),
                            models.Q(
                                models.Q(
                                    (
                                        "country__in",
                                        [
                                            "AT",
                                            "BE",
                                            "BG",
                                            "CY",
                                            "CZ",
                                            "DE",
                                            "DK",
                                            "EE",
                                            "ES",
                                            "FI",
                                            "FR",
                                            "GR",
                                            "HR",
                                            "HU",
                                            "IE",
                                            "IS",
                                            "IT",
                                            "LI",
                                            "LT",
                                            "LU",
                                            "LV",
                                            "MT",
                                            "NL",
                                            "NO",
                                            "PL",
                                            "PT",
                                            "RO",
                                            "SE",
                                            "SI",
                                            "SK",
                                        ],
                                    ),
                                    _negated=True,
                                ),
                                models.Q(("safeguard", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="catalogue_recipient_protected_abroad",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PurposeVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("legal_basis", models.CharField(default="A6-1-a", max_length=10, verbose_name="legal basis")),
                ("dpv_purpose", models.CharField(blank=True, max_length=60, verbose_name="purpose in DPV")),
                (
                    "sale",
                    models.BooleanField(
                        default=False,
                        help_text="Sells or shares data in the sense of California’s law: a browser’s opt-out signal ends it.",
                        verbose_name="sale or sharing",
                    ),
                ),
                (
                    "consent_months",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        default=12,
                        help_text="Empty: until it is withdrawn.",
                        null=True,
                        verbose_name="consent lasts, in months",
                    ),
                ),
                (
                    "retention_months",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Empty: as long as the purpose needs it.",
                        null=True,
                        verbose_name="data is kept, in months",
                    ),
                ),
                (
                    "storage",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="Countries, two letters each (ISO 3166), with commas: DE, IE.",
                        verbose_name="stored in",
                    ),
                ),
                (
                    "material",
                    models.BooleanField(
                        default=True,
                        help_text="Earlier consent stops counting; customers are asked again.",
                        verbose_name="material change",
                    ),
                ),
                (
                    "needs_agreement",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="The requester’s manager must agree before the customer learns of a request.",
                        verbose_name="manager agrees first",
                    ),
                ),
                ("published_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="published")),
                ("lost", models.BooleanField(default=False, editable=False)),
                (
                    "categories",
                    models.ManyToManyField(
                        related_name="purpose_versions", to="catalogue.category", verbose_name="data categories"
                    ),
                ),
                (
                    "drafted_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "purpose",
                    models.ForeignKey(
                        on_delete=models.PROTECT,
                        related_name="versions",
                        to="catalogue.purpose",
                        verbose_name="purpose",
                    ),
                ),
                ("writers", models.ManyToManyField(editable=False, related_name="+", to=settings.AUTH_USER_MODEL)),
                (
                    "recipients",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Who outside the company gets the data. None: nobody.",
                        related_name="+",
                        to="catalogue.recipient",
                        verbose_name="recipients",
                    ),
                ),
            ],
            options={
                "verbose_name": "version of a purpose",
                "verbose_name_plural": "versions of purposes",
                "ordering": ["purpose", "-number"],
                "constraints": [
                    models.UniqueConstraint(fields=("purpose", "number"), name="catalogue_version_number"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("published_at__isnull", True), ("published_by__isnull", True)),
                            models.Q(("published_at__isnull", False), ("published_by__isnull", False)),
                            models.Q(("lost", True), ("published_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="catalogue_version_published_by_and_at",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("lost", False),
                            models.Q(
                                ("material", True), ("published_at__isnull", False), ("published_by__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="catalogue_version_lost_is_material",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("published_by__isnull", True),
                            models.Q(
                                ("drafted_by__isnull", False),
                                models.Q(("drafted_by", models.F("published_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="catalogue_version_two_officers",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("legal_basis__in", ["A6-1-a", "A6-1-b", "A6-1-c", "A6-1-d", "A6-1-e", "A6-1-f"])
                        ),
                        name="catalogue_version_known_basis",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "dpv_purpose__in",
                                [
                                    "",
                                    "dpv:AccountManagement",
                                    "dpv:Advertising",
                                    "dpv:CommercialPurpose",
                                    "dpv:CommunicationForCustomerCare",
                                    "dpv:CommunicationManagement",
                                    "dpv:CustomerCare",
                                    "dpv:CustomerManagement",
                                    "dpv:DirectMarketing",
                                    "dpv:EnforceSecurity",
                                    "dpv:EstablishContractualAgreement",
                                    "dpv:FraudPreventionAndDetection",
                                    "dpv:FulfilmentOfObligation",
                                    "dpv:HumanResourceManagement",
                                    "dpv:IdentityVerification",
                                    "dpv:LegalCompliance",
                                    "dpv:Marketing",
                                    "dpv:NonCommercialPurpose",
                                    "dpv:OrganisationGovernance",
                                    "dpv:PaymentManagement",
                                    "dpv:Personalisation",
                                    "dpv:PersonalisedAdvertising",
                                    "dpv:PublicBenefit",
                                    "dpv:RecordManagement",
                                    "dpv:ResearchAndDevelopment",
                                    "dpv:SellDataToThirdParties",
                                    "dpv:ServiceManagement",
                                    "dpv:ServicePersonalisation",
                                    "dpv:ServiceProvision",
                                    "dpv:TargetedAdvertising",
                                    "dpv:VendorManagement",
                                ],
                            )
                        ),
                        name="catalogue_version_known_term",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("consent_months", 0), _negated=True),
                            models.Q(("retention_months", 0), _negated=True),
                        ),
                        name="catalogue_version_months_count",
                    ),
                    models.CheckConstraint(
                        condition=django.db.models.lookups.Regex(
                            django.db.models.functions.comparison.Cast("storage", models.TextField()),
                            '^\\[("[A-Z]{2}"(, "[A-Z]{2}")*)?\\]$',
                        ),
                        name="catalogue_version_storage",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Field",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=60, verbose_name="key")),
                ("labels", models.JSONField(default=dict)),
                ("order", models.PositiveSmallIntegerField(default=100, verbose_name="order")),
                (
                    "category",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="fields", to="catalogue.category"),
                ),
            ],
            options={
                "verbose_name": "field",
                "verbose_name_plural": "fields",
                "ordering": ["order", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=("category", "key"), name="catalogue_field_once"),
                    models.CheckConstraint(
                        condition=models.Func(
                            models.F("labels"),
                            output_field=models.BooleanField(),
                            template="coalesce(NOT jsonb_path_exists(%(expressions)s, 'strict $.* ? (@.type() != \"string\")', '{}', true), false)",
                        ),
                        name="catalogue_field_labels",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("language", models.CharField(max_length=10, verbose_name="language")),
                (
                    "name",
                    models.CharField(
                        blank=True,
                        help_text="A verb phrase: “Answer your questions”.",
                        max_length=80,
                        verbose_name="name",
                    ),
                ),
                (
                    "sentence",
                    models.CharField(
                        blank=True, help_text="One plain sentence.", max_length=200, verbose_name="sentence"
                    ),
                ),
                ("text", models.TextField(blank=True, max_length=4000, verbose_name="text")),
                (
                    "if_no",
                    models.CharField(
                        blank=True,
                        help_text="What happens if the customer says no.",
                        max_length=300,
                        verbose_name="if the customer says no",
                    ),
                ),
                (
                    "retention",
                    models.CharField(
                        blank=True,
                        help_text="In words: “Until you withdraw”.",
                        max_length=300,
                        verbose_name="how long it is kept",
                    ),
                ),
                (
                    "objection",
                    models.CharField(
                        blank=True,
                        help_text="Only where it does not rest on consent: what the customer can do against it.",
                        max_length=300,
                        verbose_name="where to object",
                    ),
                ),
                ("hash", models.CharField(blank=True, editable=False, max_length=64)),
                (
                    "version",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="notices", to="catalogue.purposeversion"),
                ),
            ],
            options={
                "verbose_name": "notice",
                "verbose_name_plural": "notices",
                "ordering": ["version", "language"],
                "constraints": [
                    models.UniqueConstraint(fields=("version", "language"), name="catalogue_notice_one_per_language"),
                    models.CheckConstraint(
                        condition=models.Q(("hash__regex", "^([0-9a-f]{64})?$")), name="catalogue_notice_hash"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Retirement",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("proposed_at", models.DateTimeField(db_default=DatabaseNow())),
                ("approved_at", models.DateTimeField(null=True)),
                ("cancelled_at", models.DateTimeField(null=True)),
                (
                    "cancelled_by",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                (
                    "purpose",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="retirements", to="catalogue.purpose"),
                ),
            ],
            options={
                "verbose_name": "retirement of a purpose",
                "verbose_name_plural": "retirements of purposes",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("approved_by__isnull", True),
                            models.Q(("approved_by", models.F("proposed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="catalogue_retirement_two_officers",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("approved_at__isnull", True), ("approved_by__isnull", True)),
                            models.Q(("approved_at__isnull", False), ("approved_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="catalogue_retirement_approved_by_and_at",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("cancelled_at__isnull", True), ("cancelled_by__isnull", True)),
                            models.Q(
                                ("approved_at__isnull", True),
                                ("cancelled_at__isnull", False),
                                ("cancelled_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="catalogue_retirement_cancelled_by_and_at",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("approved_at__isnull", True), ("cancelled_at__isnull", True)),
                        fields=("purpose",),
                        name="catalogue_retirement_one_open",
                    ),
                ],
            },
        ),
    ]
