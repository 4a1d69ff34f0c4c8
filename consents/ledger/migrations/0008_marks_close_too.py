"""A restriction, an objection or a limit closes as a withdrawal does: its entry is noted for the journal outside."""

from django.db import migrations

MARKS = "'limit.placed', 'objection.placed', 'restriction.placed', "
TRIGGER = """
DROP TRIGGER ledger_entry_closing ON ledger_entry;
CREATE TRIGGER ledger_entry_closing AFTER INSERT ON ledger_entry FOR EACH ROW WHEN (
    NEW.event IN ('access_request.cancelled', 'access_request.denied', 'consent.invalidated', 'consent.refused',
                  'consent.withdrawn', 'customer.erased', {}'purpose.retired', 'staff.ended')
    OR NEW.event = 'access_request.answered' AND NEW.outcome NOT IN ('approved', 'partly_approved')
    OR NEW.event = 'grant.ended' AND NEW.outcome <> 'time'
) EXECUTE FUNCTION ledger_note_closing();
ALTER TABLE ledger_entry ENABLE ALWAYS TRIGGER ledger_entry_closing;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0007_closing_entries_are_noted")]
    operations = [migrations.RunSQL(TRIGGER.format(MARKS), TRIGGER.format(""))]
