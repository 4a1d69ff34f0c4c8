import uuid

from django.conf import settings
from django.db import migrations, models

from consents.core.clock import DatabaseNow


class Migration(migrations.Migration):
    initial = True

    dependencies = [("catalogue", "0002_rules"), ("people", "__first__")]

    operations = [
        migrations.CreateModel(
            name="Question",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                ("words", models.JSONField(default=dict, editable=False)),
                ("field", models.CharField(max_length=60, verbose_name="grouped by")),
                ("grouping", models.CharField(max_length=10, verbose_name="in groups of")),
                ("measure", models.CharField(max_length=10, verbose_name="what is counted")),
                ("date_field", models.CharField(blank=True, max_length=60, verbose_name="dated by")),
                ("step", models.CharField(blank=True, max_length=10, verbose_name="period")),
                ("added_at", models.DateTimeField(db_default=DatabaseNow(), editable=False, verbose_name="added")),
                ("retired_at", models.DateTimeField(editable=False, null=True, verbose_name="retired")),
                (
                    "added_by",
                    models.ForeignKey(
                        editable=False, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="catalogue.category",
                        verbose_name="data category",
                    ),
                ),
                (
                    "retired_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "question for statistics",
                "verbose_name_plural": "questions for statistics",
                "ordering": ["code"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("grouping__in", ["value", "month", "year", "tens", "hundreds"])),
                        name="insights_question_known_grouping",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("measure__in", ["customers", "records"])),
                        name="insights_question_known_measure",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("date_field", ""), ("step", "")),
                            models.Q(("step__in", ["quarter", "year"]), models.Q(("date_field", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="insights_question_dated_by_a_field",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("retired_at__isnull", True), ("retired_by__isnull", True)),
                            models.Q(("retired_at__isnull", False), ("retired_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="insights_question_retired_by_and_at",
                    ),
                    models.CheckConstraint(
                        condition=models.Func(
                            models.F("words"),
                            output_field=models.BooleanField(),
                            template="coalesce(NOT jsonb_path_exists(%(expressions)s, 'strict $.* ? (@.type() != \"string\")', '{}', true), false)",
                        ),
                        name="insights_question_words",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Insight",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("period", models.CharField(blank=True, max_length=7)),
                ("minimum", models.SmallIntegerField()),
                ("asked_at", models.DateTimeField(db_default=DatabaseNow())),
                ("month", models.DateField()),
                (
                    "asked_by",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                (
                    "question",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="insights", to="insights.question"),
                ),
            ],
            options={
                "ordering": ["-asked_at", "pk"],
                "indexes": [models.Index(fields=["asked_by", "-asked_at"], name="insights_insight_of_analyst")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("question", "period", "month"), name="insights_insight_once_a_month"
                    ),
                    models.CheckConstraint(condition=models.Q(("minimum__gte", 5)), name="insights_insight_minimum"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Result",
            fields=[
                (
                    "insight",
                    models.OneToOneField(
                        on_delete=models.PROTECT,
                        primary_key=True,
                        related_name="result",
                        serialize=False,
                        to="insights.insight",
                    ),
                ),
                ("outcome", models.CharField(max_length=20)),
                ("total", models.IntegerField(null=True)),
                ("has_hidden", models.BooleanField(default=False)),
                ("counted_at", models.DateTimeField(db_default=DatabaseNow())),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["counted", "too_few", "too_many_groups", "closed"])),
                        name="insights_result_known_outcome",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "counted"), ("total__isnull", False)),
                            models.Q(models.Q(("outcome", "counted"), _negated=True), ("total__isnull", True)),
                            _connector="OR",
                        ),
                        name="insights_result_total_if_counted",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("total__isnull", True), ("total__gte", 5), _connector="OR"),
                        name="insights_result_no_small_total",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="Cell",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.SmallIntegerField()),
                ("label", models.CharField(max_length=80)),
                ("number", models.IntegerField(null=True)),
                ("result", models.ForeignKey(on_delete=models.PROTECT, related_name="cells", to="insights.result")),
            ],
            options={
                "ordering": ["result", "place"],
                "constraints": [
                    models.UniqueConstraint(fields=("result", "place"), name="insights_cell_place"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("number__isnull", True), ("number", 0), ("number__gte", 5), _connector="OR"
                        ),
                        name="insights_cell_no_small_number",
                    ),
                ],
            },
        ),
    ]
