from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("choices", "0006_no_second_index_by_customer")]

    operations = [
        migrations.RemoveConstraint(model_name="mark", name="choices_mark_one_that_stands"),
        migrations.AddConstraint(
            model_name="mark",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lifted_at__isnull", True)),
                fields=("customer", "kind", "purpose", "request"),
                name="choices_mark_one_that_stands",
                nulls_distinct=False,
            ),
        ),
    ]
