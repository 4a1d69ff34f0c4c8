"""The sealed log: a place for each entry, a checkpoint after each run. The application role adds rows, nothing else."""

from django.db import migrations, models

from consents.core.append_only import append_only
from consents.core.clock import DatabaseNow


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_heads_can_be_read")]

    operations = [
        migrations.CreateModel(
            name="Leaf",
            fields=[
                ("leaf_index", models.BigIntegerField(primary_key=True, serialize=False)),
                ("entry", models.BigIntegerField(unique=True)),
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
        ),
        append_only("ledger_leaf"),
        append_only("ledger_checkpoint"),
    ]
