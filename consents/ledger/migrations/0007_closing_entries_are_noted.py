"""What closes something is noted for the journal outside by the entry itself, so that no act can forget it.

Restorations are the owner's to write: whoever runs the portal can neither pretend one nor open it.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION ledger_note_closing() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    INSERT INTO ledger_unjournalled VALUES (NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_entry_closing AFTER INSERT ON ledger_entry FOR EACH ROW WHEN (
    NEW.event IN ('access_request.cancelled', 'access_request.denied', 'consent.invalidated', 'consent.refused',
                  'consent.withdrawn', 'customer.erased', 'purpose.retired', 'staff.ended')
    OR NEW.event = 'access_request.answered' AND NEW.outcome NOT IN ('approved', 'partly_approved')
    OR NEW.event = 'grant.ended' AND NEW.outcome <> 'time'
) EXECUTE FUNCTION ledger_note_closing();
ALTER TABLE ledger_entry ENABLE ALWAYS TRIGGER ledger_entry_closing;
REVOKE INSERT, UPDATE ON ledger_unjournalled FROM portal_app;
REVOKE INSERT, UPDATE, DELETE ON ledger_restoration FROM portal_app;

CREATE FUNCTION is_being_restored() RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT EXISTS (SELECT FROM ledger_restoration WHERE opened_at IS NULL) $$;
"""

BACK = """
DROP FUNCTION is_being_restored;
GRANT INSERT, UPDATE, DELETE ON ledger_restoration, ledger_unjournalled TO portal_app;
DROP TRIGGER ledger_entry_closing ON ledger_entry; DROP FUNCTION ledger_note_closing;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0006_journal_and_restorations"), ("ledger", "0002_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
