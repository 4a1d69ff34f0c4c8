from django.db import migrations, models

from consents.core.clock import DatabaseNow


class Migration(migrations.Migration):
    initial = True

    dependencies = [("core", "0001_rules")]

    operations = [
        migrations.CreateModel(
            name="ChainHead",
            fields=[
                ("chain", models.CharField(max_length=36, primary_key=True, serialize=False)),
                ("sequence", models.BigIntegerField()),
                ("hash", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("root", models.BinaryField()),
                ("frontier", models.BinaryField()),
                ("note", models.TextField()),
                ("settled", models.BigIntegerField()),
                ("seen", models.BigIntegerField()),
                ("horizon", models.BigIntegerField()),
                ("made_at", models.DateTimeField(db_default=DatabaseNow())),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="Leaf",
            fields=[
                ("leaf_index", models.BigIntegerField(primary_key=True, serialize=False)),
                ("entry", models.BigIntegerField(unique=True)),
                ("hash", models.BinaryField()),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="Unjournalled", fields=[("entry", models.BigIntegerField(primary_key=True, serialize=False))]
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("chain", models.CharField(max_length=36)),
                ("sequence", models.BigIntegerField()),
                ("occurred_at", models.DateTimeField()),
                ("event", models.CharField(max_length=60)),
                ("customer", models.UUIDField(null=True)),
                ("actor_kind", models.CharField(max_length=20)),
                ("actor", models.CharField(max_length=64)),
                ("object_type", models.CharField(max_length=40)),
                ("object", models.CharField(max_length=64)),
                ("purpose", models.CharField(max_length=60)),
                ("channel", models.CharField(max_length=20)),
                ("evidence", models.UUIDField(null=True)),
                ("outcome", models.CharField(max_length=40)),
                ("details", models.TextField()),
                ("previous", models.BinaryField()),
                ("canonical", models.TextField()),
                ("hash", models.BinaryField()),
            ],
            options={
                "verbose_name": "ledger entry",
                "verbose_name_plural": "ledger entries",
                "indexes": [
                    models.Index(fields=["customer", "-id"], name="ledger_entry_of_customer"),
                    models.Index(fields=["object", "occurred_at"], name="ledger_entry_of_object"),
                    models.Index(fields=["occurred_at"], name="ledger_entry_by_time"),
                    models.Index(
                        condition=models.Q(("event__in", ["consent.given", "consent.withdrawn"])),
                        fields=["occurred_at"],
                        include=("event", "purpose", "customer"),
                        name="ledger_consents_by_time",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("chain", "sequence"), name="ledger_entry_one_per_place")
                ],
            },
        ),
        migrations.CreateModel(
            name="Restoration",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("backup", models.CharField(max_length=60)),
                ("size", models.BigIntegerField()),
                ("lost_size", models.BigIntegerField(null=True)),
                ("lost_root", models.BinaryField(null=True)),
                ("statement", models.TextField(blank=True)),
                ("generation", models.IntegerField(null=True)),
                ("journal", models.BigIntegerField(null=True)),
                ("began_at", models.DateTimeField(db_default=DatabaseNow())),
                ("opened_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("generation__isnull", True),
                                ("lost_root__isnull", True),
                                ("lost_size__isnull", True),
                                ("statement", ""),
                            ),
                            models.Q(
                                ("generation__gt", 1),
                                ("lost_root__isnull", False),
                                ("lost_size__gt", models.F("size")),
                                models.Q(("statement", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="ledger_restoration_states_what_is_lost",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("opened_at__isnull", True), ("journal__isnull", False), _connector="OR"),
                        name="ledger_restoration_journal_before_opening",
                    ),
                ]
            },
        ),
    ]
