from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="ChainHead",
            fields=[
                (
                    "chain",
                    models.CharField(max_length=36, primary_key=True, serialize=False),
                ),
                ("sequence", models.BigIntegerField()),
                ("hash", models.BinaryField()),
            ],
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
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("chain", "sequence"), name="ledger_entry_one_per_place")
                ],
            },
        ),
    ]
