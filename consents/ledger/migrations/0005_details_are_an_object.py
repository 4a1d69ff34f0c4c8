"""What `details` holds is one JSON object, each key once: spelled into the entry's text, nothing else can be.

The cast refuses what JSON allows and jsonb does not, a NUL character: those who read an entry cast it.
"""

from django.db import migrations

FORWARD = """
ALTER TABLE ledger_entry ADD CONSTRAINT ledger_entry_details_are_an_object
    CHECK (details IS JSON OBJECT WITH UNIQUE KEYS AND details::jsonb IS NOT NULL);
"""
BACK = "ALTER TABLE ledger_entry DROP CONSTRAINT ledger_entry_details_are_an_object"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_sealed_log")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
