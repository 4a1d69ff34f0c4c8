"""What holds the company to something is noted for the journal outside as what closes: a legal hold, placed or lifted,
a text that consent to earlier ones does not outlive, and that somebody wants no reminders."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER ledger_entry_binding AFTER INSERT ON ledger_entry FOR EACH ROW WHEN (
    NEW.event IN ('legal_hold.lifted', 'legal_hold.placed')
    OR NEW.event = 'purpose_version.published' AND NEW.outcome <> ''
    OR NEW.event = 'digests.chosen' AND NEW.outcome <> 'weekly'
) EXECUTE FUNCTION ledger_note_closing();
ALTER TABLE ledger_entry ENABLE ALWAYS TRIGGER ledger_entry_binding;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0010_erasures_of_part_close_too")]
    operations = [migrations.RunSQL(FORWARD, "DROP TRIGGER ledger_entry_binding ON ledger_entry;")]
