-- Promise 6 (consents/DESIGN.md): The running system is not the owner.
--
-- The schema `portal` holds the functions that the application and the rules call; each is granted by name. Trigger
-- functions stay in `public`, where only their owner may execute them.

CREATE SCHEMA portal;
GRANT USAGE ON SCHEMA portal TO portal_app, portal_vault_writer;

-- The clock. Only the owner can replace how far it runs ahead, which is how the demo's past and the tests' future are
-- made: through the same services, without a back door.
CREATE FUNCTION portal.clock_offset() RETURNS interval LANGUAGE sql STABLE PARALLEL SAFE RETURN interval '0';
GRANT EXECUTE ON FUNCTION portal.clock_offset TO portal_app, portal_vault_writer;

-- The moment of an act: the start of the running message, and the default of every stored moment. It stands still
-- inside one message (a DO block, several statements at once), so it never decides what is still allowed.
CREATE FUNCTION portal.now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
    RETURN pg_catalog.statement_timestamp() + portal.clock_offset();
GRANT EXECUTE ON FUNCTION portal.now TO portal_app, portal_vault_writer;

-- The real time, which goes on inside a message: the rules judge by it whether something is over.
CREATE FUNCTION portal.clock() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE
    RETURN pg_catalog.clock_timestamp() + portal.clock_offset();
GRANT EXECUTE ON FUNCTION portal.clock TO portal_app;

-- Is the moment within a minute of now?
CREATE FUNCTION portal.is_now(moment timestamptz) RETURNS boolean LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$ SELECT coalesce(abs(extract(epoch FROM moment - portal.clock())) < 60, false) $$;
GRANT EXECUTE ON FUNCTION portal.is_now TO portal_app;

-- Does each statement of this transaction see what is committed by then? Above READ COMMITTED it would go on seeing what
-- was true when it began.
CREATE FUNCTION portal.sees_what_is_committed() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN pg_catalog.current_setting('transaction_isolation') = 'read committed';
GRANT EXECUTE ON FUNCTION portal.sees_what_is_committed TO portal_app;

-- Refuse what a rule forbids. `rule`: the trigger or constraint that the refusal is named after.
CREATE FUNCTION portal.refuse(sentence text, rule text DEFAULT NULL) RETURNS void LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF rule IS NULL THEN
        RAISE EXCEPTION USING MESSAGE = sentence, ERRCODE = 'restrict_violation';
    END IF;
    RAISE EXCEPTION USING MESSAGE = sentence, ERRCODE = 'restrict_violation', CONSTRAINT = rule;
END $$;
GRANT EXECUTE ON FUNCTION portal.refuse TO portal_app, portal_vault_writer;
