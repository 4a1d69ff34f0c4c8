from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import Category, get_in_active_language
from consents.core.append_only import AppendOnlyModel
from consents.core.canonical import is_texts_by_name
from consents.core.clock import DatabaseNow
from consents.core.fields import CodedField
from consents.core.grouped_ids import RandomIdModel
from consents.core.row_checks import require_all_or_none
from consents.insights.rules import FEWEST, Grouping, Measure, Outcome, Step
from consents.people.models import User


class Question(models.Model):
    """An entry of the catalogue of questions: what is counted of which category, in groups by which field.

    `words`: language → title. `date_field` tells the period of a record; without one (`step` '') all records count.
    Written by a privacy officer; nothing of it changes but its one retirement (by trigger).
    """

    code = models.SlugField(_("code"), max_length=40, unique=True)
    words = models.JSONField(default=dict, editable=False)
    category = models.ForeignKey(Category, verbose_name=_("data category"), on_delete=models.PROTECT, related_name="+")
    field = models.CharField(_("grouped by"), max_length=60)
    grouping = CodedField(_("in groups of"), max_length=10, choices=Grouping)
    measure = CodedField(_("what is counted"), max_length=10, choices=Measure)
    date_field = models.CharField(_("dated by"), max_length=60, blank=True)
    step = CodedField(_("period"), max_length=10, choices=Step, blank=True)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    added_at = models.DateTimeField(_("added"), db_default=DatabaseNow(), editable=False)
    retired_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    retired_at = models.DateTimeField(_("retired"), null=True, editable=False)

    class Meta:
        verbose_name = _("question for statistics")
        verbose_name_plural = _("questions for statistics")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=is_texts_by_name("words"), name="insights_question_words"),
            models.CheckConstraint(condition=Q(grouping__in=Grouping.values), name="insights_question_known_grouping"),
            models.CheckConstraint(condition=Q(measure__in=Measure.values), name="insights_question_known_measure"),
            models.CheckConstraint(
                condition=Q(step="", date_field="") | (Q(step__in=Step.values) & ~Q(date_field="")),
                name="insights_question_dated_by_a_field",
            ),
            require_all_or_none("retired_at", "retired_by", name="insights_question_retired_by_and_at"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return get_in_active_language(self.words) or self.code

    @property
    def fields(self) -> frozenset[str]:
        return frozenset({self.field, self.date_field} - {""})


class Insight(RandomIdModel, AppendOnlyModel):
    """A question asked for a period, once a calendar month: whoever asks again gets the stored answer.

    `minimum`: the smallest group that is shown. `month` and the moment are set by the database.
    """

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="insights")
    period = models.CharField(max_length=7, blank=True)
    minimum = models.SmallIntegerField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=DatabaseNow())
    month = models.DateField()

    class Meta:
        ordering = ["-asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["question", "period", "month"], name="insights_insight_once_a_month"),
            models.CheckConstraint(condition=Q(minimum__gte=FEWEST), name="insights_insight_minimum"),
        ]
        indexes = [models.Index(fields=["asked_by", "-asked_at"], name="insights_insight_of_analyst")]

    def __str__(self) -> str:
        return f"{self.question}: {self.period}" if self.period else str(self.question)


class Result(AppendOnlyModel):
    """The one answer of an insight: `total` is rounded, and empty where nothing may be shown. Never changes."""

    insight = models.OneToOneField(Insight, on_delete=models.PROTECT, primary_key=True, related_name="result")
    outcome = CodedField(max_length=20, choices=Outcome)
    total = models.IntegerField(null=True)
    has_hidden = models.BooleanField(default=False)
    counted_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="insights_result_known_outcome"),
            models.CheckConstraint(
                condition=Q(outcome=Outcome.COUNTED, total__isnull=False)
                | (~Q(outcome=Outcome.COUNTED) & Q(total__isnull=True)),
                name="insights_result_total_if_counted",
            ),
            models.CheckConstraint(
                condition=Q(total__isnull=True) | Q(total__gte=FEWEST), name="insights_result_no_small_total"
            ),
        ]


class Cell(AppendOnlyModel):
    """Hold one line of an answer: a group and its rounded number; empty where the group is hidden."""

    result = models.ForeignKey(Result, on_delete=models.PROTECT, related_name="cells")
    place = models.SmallIntegerField()
    label = models.CharField(max_length=80)
    number = models.IntegerField(null=True)

    class Meta:
        ordering = ["result", "place"]
        constraints = [
            models.UniqueConstraint(fields=["result", "place"], name="insights_cell_place"),
            models.CheckConstraint(
                condition=Q(number__isnull=True) | Q(number=0) | Q(number__gte=FEWEST),
                name="insights_cell_no_small_number",
            ),
        ]
