from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from consents.breaches import rules
from consents.breaches.rules import Risk, Scope, WhyNotTold
from consents.core.append_only import AppendOnlyModel
from consents.core.canonical import is_list_of_texts
from consents.core.clock import DatabaseNow
from consents.core.fields import CodedField
from consents.core.grouped_ids import RandomIdModel
from consents.core.row_checks import require_all_or_none, require_another
from consents.people.models import Customer, User


class Breach(RandomIdModel, AppendOnlyModel):
    """Keeps a personal data breach as it was noticed. `noticed_at` starts the clock: the company became aware."""

    noticed_at = models.DateTimeField()
    summary = models.CharField(max_length=300)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    recorded_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        verbose_name = _("data breach")
        verbose_name_plural = _("data breaches")
        constraints = [
            models.CheckConstraint(condition=~Q(summary=""), name="breaches_breach_says_what"),
            models.CheckConstraint(condition=Q(noticed_at__lte=F("recorded_at")), name="breaches_breach_noticed_first"),
        ]
        indexes = [models.Index(fields=["-noticed_at", "id"], name="breaches_breach_by_time")]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"DB-{str(self.pk)[:8].upper()}"

    @property
    def authority_due(self) -> datetime:
        return rules.get_authority_due(self.noticed_at)


class Assessment(RandomIdModel, AppendOnlyModel):
    """Keeps what officers thought of a breach; the latest counts. `categories`: codes, `people`, `records`: about."""

    breach = models.ForeignKey(Breach, on_delete=models.PROTECT, related_name="assessments")
    harms = models.JSONField()
    categories = models.JSONField()
    people = models.PositiveIntegerField()
    records = models.PositiveIntegerField()
    risk = CodedField(max_length=10, choices=Risk)
    consequences = models.CharField(max_length=rules.MOST_WORDS)
    measures = models.CharField(max_length=rules.MOST_WORDS)
    assessed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    assessed_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(risk__in=Risk.values), name="breaches_assessment_known_risk"),
            models.CheckConstraint(condition=~Q(harms=[]), name="breaches_assessment_says_what"),
            models.CheckConstraint(condition=is_list_of_texts("harms"), name="breaches_assessment_harms"),
            models.CheckConstraint(condition=is_list_of_texts("categories"), name="breaches_assessment_categories"),
            models.CheckConstraint(
                condition=~Q(consequences="") & ~Q(measures=""), name="breaches_assessment_in_words"
            ),
        ]


class AuthorityNotice(RandomIdModel, AppendOnlyModel):
    """Keeps that the authority was told, or why it need not be; another for each time it is told more (Art 33(4)).

    `why`: why it is not told, or was told later than the law wants.
    """

    breach = models.ForeignKey(Breach, on_delete=models.PROTECT, related_name="authority_notices")
    told_at = models.DateTimeField(null=True)
    authority = models.CharField(max_length=120, blank=True)
    reference = models.CharField(max_length=60, blank=True)
    why = models.CharField(max_length=rules.MOST_WORDS, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    recorded_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(told_at__isnull=True, authority="", reference="") & ~Q(why="")
                | Q(told_at__isnull=False) & ~Q(authority=""),
                name="breaches_authority_told_or_why_not",
            ),
        ]


class Announcement(RandomIdModel):
    """Keeps what the people concerned are told: proposed by one officer, decided by another, then carried out by a job.

    `listed`: how many numbers were on the list. `done_at`: when everybody on it had been told.
    """

    breach = models.ForeignKey(Breach, on_delete=models.PROTECT, related_name="announcements")
    scope = CodedField(max_length=10, choices=Scope)
    listed = models.PositiveIntegerField(default=0)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    proposed_at = models.DateTimeField(db_default=DatabaseNow())
    is_agreed = models.BooleanField(null=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    decided_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(scope__in=Scope.values), name="breaches_announcement_known_scope"),
            require_all_or_none("is_agreed", "decided_by", "decided_at", name="breaches_announcement_decided_whole"),
            require_another("decided_by", "proposed_by", name="breaches_announcement_two_officers"),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(is_agreed__isnull=False, is_agreed=True),
                name="breaches_announcement_done_if_agreed",
            ),
        ]
        indexes = [
            models.Index(
                fields=["proposed_at"],
                condition=Q(is_agreed=True, done_at__isnull=True),
                name="breaches_announcement_to_tell",
            )
        ]

    def __str__(self) -> str:
        return f"{self.breach_id} {self.scope}"


class AnnouncementText(AppendOnlyModel):
    """Keeps the words in one language (GDPR Art 34(2)): what happened, what it may lead to, what was done, and whom
    customers can ask."""

    announcement = models.ForeignKey(Announcement, on_delete=models.PROTECT, related_name="texts")
    language = models.CharField(max_length=10)
    happened = models.CharField(max_length=rules.MOST_WORDS)
    consequences = models.CharField(max_length=rules.MOST_WORDS)
    measures = models.CharField(max_length=rules.MOST_WORDS)
    contact = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["announcement", "language"], name="breaches_text_once"),
            models.CheckConstraint(
                condition=~Q(happened="") & ~Q(consequences="") & ~Q(measures="") & ~Q(contact=""),
                name="breaches_text_whole",
            ),
        ]


class BreachNotice(RandomIdModel):
    """Names a customer whom an announcement concerns: when they were told, when they read it, and nothing else."""

    announcement = models.ForeignKey(Announcement, on_delete=models.PROTECT, related_name="notices", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    told_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["announcement", "customer"], name="breaches_notice_once"),
            models.CheckConstraint(
                condition=Q(read_at__isnull=True) | Q(told_at__isnull=False), name="breaches_notice_read_once_told"
            ),
        ]
        indexes = [models.Index(fields=["customer", "-told_at"], name="breaches_notice_of_customer")]

    def __str__(self) -> str:
        return str(self.pk)


class Closing(AppendOnlyModel):
    """Ends a case. `why_not_told`: why nobody was told one by one; empty where they were."""

    breach = models.OneToOneField(Breach, on_delete=models.PROTECT, primary_key=True, related_name="closing")
    why_not_told = CodedField(max_length=15, choices=WhyNotTold, blank=True)
    lessons = models.CharField(max_length=rules.MOST_WORDS)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    closed_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(why_not_told="") | Q(why_not_told__in=WhyNotTold.values),
                name="breaches_closing_known_reason",
            ),
            models.CheckConstraint(condition=~Q(lessons=""), name="breaches_closing_says_what_was_learnt"),
        ]

    def __str__(self) -> str:
        return str(self.breach_id)
