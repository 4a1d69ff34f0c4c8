import django.db.models.deletion
from django.db import migrations, models

import consents.core.clock


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalogue", "0001_initial"),
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Choice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("ConsentGiven", "Given"),
                            ("ConsentRefused", "Refused"),
                            ("ConsentWithdrawn", "Withdrawn"),
                        ],
                        max_length=30,
                    ),
                ),
                (
                    "since",
                    models.DateTimeField(db_default=consents.core.clock.DatabaseNow()),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="choices",
                        to="people.customer",
                    ),
                ),
                (
                    "purpose",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogue.purpose",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogue.purposeversion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("customer", "purpose"),
                        name="choices_choice_one_per_purpose",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                ["ConsentGiven", "ConsentRefused", "ConsentWithdrawn"],
                            )
                        ),
                        name="choices_choice_known_status",
                    ),
                ],
            },
        ),
    ]
