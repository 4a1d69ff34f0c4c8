-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- The ledger entry of a write stands before it. Checked once per statement, so that an import pays once per batch.

-- It runs as the owner: the writer may read nothing but the vault.
CREATE FUNCTION require_entry_for_vault_write() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM ledger_entry AS e
        WHERE e.object = 'records' AND e.event = 'vault.stored'
          AND e.occurred_at >= now() + portal.clock_offset()
          AND is_of_this_transaction(e.xmin)
          AND (e.customer IS NULL OR NOT EXISTS (SELECT FROM written WHERE written.customer_id <> e.customer))) THEN
        PERFORM portal.refuse('the vault can only be written with its ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER vault_record_stored_on_record AFTER INSERT ON vault_record REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION require_entry_for_vault_write();
CREATE TRIGGER vault_record_changed_on_record AFTER UPDATE ON vault_record REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION require_entry_for_vault_write();

-- What is new in a record was sealed for this very write: each sealed value names its ledger entry and is bound to it, so
-- that a value of before cannot be put back. Values that a correction leaves as they are keep the entry they have.
CREATE FUNCTION require_values_of_this_write() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    named text[];
BEGIN
    IF EXISTS (SELECT FROM written AS w WHERE jsonb_typeof(w.sealed) <> 'object') THEN
        PERFORM portal.refuse('a record is an object of sealed values', TG_NAME);
    END IF;
    IF TG_OP = 'INSERT' THEN
        named := ARRAY(SELECT DISTINCT split_part(v.value, ':', 1)
                       FROM written AS w CROSS JOIN LATERAL jsonb_each_text(w.sealed) AS v);
    ELSE
        named := ARRAY(SELECT DISTINCT split_part(v.value, ':', 1)
                       FROM written AS w JOIN replaced AS o USING (id)
                       CROSS JOIN LATERAL jsonb_each_text(w.sealed) AS v
                       WHERE v.value IS DISTINCT FROM o.sealed ->> v.key);
    END IF;
    IF EXISTS (SELECT FROM unnest(named) AS n (entry) WHERE NOT EXISTS (
            SELECT FROM ledger_entry AS e
            WHERE e.id = CASE WHEN n.entry ~ '^[0-9]{1,18}$' THEN n.entry::bigint END
              AND e.object = 'records' AND e.event = 'vault.stored' AND is_of_this_transaction(e.xmin))) THEN
        PERFORM portal.refuse('a value of the vault is sealed for the write that stores it', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER vault_record_stored_under_entry AFTER INSERT ON vault_record REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION require_values_of_this_write();
CREATE TRIGGER vault_record_changed_under_entry AFTER UPDATE ON vault_record
    REFERENCING OLD TABLE AS replaced NEW TABLE AS written
    FOR EACH STATEMENT WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION require_values_of_this_write();
