"""An erasure of part closes as a whole one does: its entry is noted for the journal outside."""

from django.db import migrations

PART = "'customer.part_erased', "
TRIGGER = """
DROP TRIGGER ledger_entry_closing ON ledger_entry;
CREATE TRIGGER ledger_entry_closing AFTER INSERT ON ledger_entry FOR EACH ROW WHEN (
    NEW.event IN ('access_request.cancelled', 'access_request.denied', 'consent.invalidated', 'consent.refused',
                  'consent.withdrawn', 'customer.erased', {}'limit.placed', 'objection.placed', 'purpose.retired',
                  'restriction.placed', 'staff.ended')
    OR NEW.event = 'access_request.answered' AND NEW.outcome NOT IN ('approved', 'partly_approved')
    OR NEW.event = 'grant.ended' AND NEW.outcome <> 'time'
) EXECUTE FUNCTION ledger_note_closing();
ALTER TABLE ledger_entry ENABLE ALWAYS TRIGGER ledger_entry_closing;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0009_noted_entries_are_taken")]
    operations = [migrations.RunSQL(TRIGGER.format(PART), TRIGGER.format(""))]
