-- Promise 4 (consents/DESIGN.md): No means no, at once.
-- Promise 11 (consents/DESIGN.md): Erasure is final, proof remains.
--
-- Whatever closes something or binds the company is also written to a journal outside the database, so that
-- restoring a backup cannot undo it. The entry itself queues its line: no act can forget to.

-- Queue an entry that closes something or binds the company for the journal. The condition stands here: that of a trigger
-- is read anew for every INSERT, which took longer than all else the ledger does for an entry.
CREATE FUNCTION queue_for_journal() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NEW.event IN ('access_request.cancelled', 'access_request.denied', 'account.locked', 'acting.ended', 'block.placed',
                     'claim_code.cancelled', 'consent.invalidated', 'consent.refused', 'consent.withdrawn',
                     'customer.erased', 'customer.part_erased', 'joint_consent.refused', 'legal_hold.lifted',
                     'legal_hold.placed', 'limit.placed', 'objection.placed', 'purpose.retired', 'restriction.placed',
                     'rights_request.withdrawn', 'staff.ended', 'staff.moved')
       OR NEW.event = 'access_request.answered' AND NEW.outcome NOT IN ('approved', 'partly_approved')
       OR NEW.event = 'grant.ended' AND NEW.outcome <> 'time'
       OR NEW.event = 'purpose_version.published' AND NEW.outcome <> ''
       OR NEW.event = 'digests.chosen' AND NEW.outcome <> 'weekly' THEN
        INSERT INTO ledger_unjournalled VALUES (NEW.id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_entry_closing AFTER INSERT ON ledger_entry FOR EACH ROW EXECUTE FUNCTION queue_for_journal();

-- Wait for the process that is writing the journal; say whether anything is still queued. It holds up nobody:
-- outside a transaction its lock ends with it.
CREATE FUNCTION portal.has_unjournalled_entries() RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY INVOKER
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('journal', 2));
    RETURN EXISTS (SELECT FROM ledger_unjournalled);
END $$;
GRANT EXECUTE ON FUNCTION portal.has_unjournalled_entries TO portal_app;

-- Take queued entries, one process at a time: whoever waited finds theirs already written. VOLATILE, so that
-- after waiting for the lock it sees what has been queued meanwhile. The commit need not reach the disk, because the
-- journal's lines have: after a crash they are written twice.
CREATE FUNCTION portal.take_unjournalled_entries(most int) RETURNS TABLE (canonical text, hash bytea)
    LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, portal, public, pg_temp
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
GRANT EXECUTE ON FUNCTION portal.take_unjournalled_entries TO portal_app;
