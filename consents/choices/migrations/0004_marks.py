import uuid

import django.db.models.deletion
from django.db import migrations, models

import consents.core.clock


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0003_published_categories_frozen"),
        ("choices", "0003_nothing_new_for_an_erased_customer"),
        ("people", "0010_addresses_are_on_record"),
    ]

    operations = [
        migrations.CreateModel(
            name="Mark",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("restriction", "use paused"),
                            ("objection", "objected to"),
                            ("limit", "sensitive data limited"),
                        ],
                        max_length=11,
                    ),
                ),
                ("request", models.UUIDField(null=True)),
                ("placed_at", models.DateTimeField(db_default=consents.core.clock.DatabaseNow())),
                ("lift_announced_at", models.DateTimeField(null=True)),
                ("lifted_at", models.DateTimeField(null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="marks", to="people.customer"
                    ),
                ),
                (
                    "purpose",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalogue.purpose"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("lifted_at__isnull", True)),
                        fields=("customer", "kind", "purpose"),
                        name="choices_mark_one_that_stands",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["restriction", "objection", "limit"])),
                        name="choices_mark_known_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind", "objection"), ("purpose__isnull", True), _connector="OR"),
                        name="choices_mark_only_objections_of_a_purpose",
                    ),
                ],
            },
        ),
    ]
