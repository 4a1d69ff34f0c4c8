"""Who writes the journal takes all notes there are, one process at a time: those who waited find theirs written.

`ledger_is_noted` waits for who is writing, and holds nobody up itself: outside a transaction its lock ends with it.

The commit need not reach the disk, since the lines have: what a crash brings back is written twice. VOLATILE: who
waited for the lock sees what was noted meanwhile. Runs as whoever calls it.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION ledger_is_noted() RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY INVOKER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('journal', 2));
    RETURN EXISTS (SELECT FROM ledger_unjournalled);
END $$;

CREATE FUNCTION ledger_take_noted(most int) RETURNS TABLE (canonical text, hash bytea)
    LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('journal', 2)), set_config('synchronous_commit', 'off', true);
    RETURN QUERY
        WITH taken AS (
            DELETE FROM ledger_unjournalled AS w
            WHERE w.entry IN (SELECT n.entry FROM ledger_unjournalled AS n ORDER BY n.entry LIMIT most)
            RETURNING w.entry)
        -- One by one (OFFSET 0): whatever the planner believes of their number, never through the whole ledger.
        SELECT e.canonical, e.hash FROM taken AS t
        CROSS JOIN LATERAL (SELECT l.canonical, l.hash FROM ledger_entry AS l WHERE l.id = t.entry OFFSET 0) AS e
        ORDER BY t.entry;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0008_marks_close_too")]
    operations = [migrations.RunSQL(FORWARD, "DROP FUNCTION ledger_take_noted; DROP FUNCTION ledger_is_noted")]
