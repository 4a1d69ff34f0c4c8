-- Promise 11 (consents/DESIGN.md): Erasure is final, proof remains.
--
-- Some rows may only be written while a backup is being restored. Restorations themselves are the owner's to write:
-- the running system can neither pretend one nor open it.

-- Is a restored backup waiting to be opened?
CREATE FUNCTION portal.is_being_restored() RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$ SELECT EXISTS (SELECT FROM ledger_restoration WHERE opened_at IS NULL) $$;
GRANT EXECUTE ON FUNCTION portal.is_being_restored TO portal_app;
