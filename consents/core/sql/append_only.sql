-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- The trigger function of append-only tables. Each room attaches it to its own.

-- Refuse every UPDATE, DELETE or TRUNCATE.
CREATE FUNCTION refuse_change() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM portal.refuse(format('%s is append-only', TG_TABLE_NAME));
END $$;
