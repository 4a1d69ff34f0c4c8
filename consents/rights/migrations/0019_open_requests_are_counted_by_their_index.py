"""The index of what is open holds the extended day and the wait too: counting by days left reads nothing else."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rights", "0018_what_they_say_elsewhere")]

    operations = [
        migrations.RemoveIndex(model_name="rightsrequest", name="rights_request_open"),
        migrations.AddIndex(
            model_name="rightsrequest",
            index=models.Index(
                condition=models.Q(("state", "answered"), _negated=True),
                fields=["due_at"],
                include=("extended_to", "waiting_since"),
                name="rights_request_open",
            ),
        ),
    ]
