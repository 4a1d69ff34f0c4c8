-- Promise 3 (consents/DESIGN.md): The vault opens only to an opening already on record.
--
-- Row-level security is forced. A few reviewed functions write, owned by a role that nobody can sign in as. The policy
-- that lets a recorded opening read belongs to disclosures, because it names tables above this room.

ALTER TABLE vault_record ENABLE ROW LEVEL SECURITY;
ALTER TABLE vault_record FORCE ROW LEVEL SECURITY;
CREATE POLICY vault_record_write ON vault_record TO portal_vault_writer USING (true) WITH CHECK (true);

-- Store records, or replace those that are there. What was sealed last is also kept as a digest beside the vault, so
-- that older ciphertext which is put back past these functions is refused when it is read. Nothing else writes beside the
-- vault, so that the customer of a fingerprint is checked with its record: an import would pay for it once more.
CREATE FUNCTION portal.store_records(
    records uuid[], customers uuid[], categories bigint[], positions int[], values_ jsonb[], contents bytea[] DEFAULT '{}'
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, portal, public, pg_temp
AS $$
    INSERT INTO vault_record (id, customer_id, category_id, position, sealed)
    SELECT * FROM unnest(records, customers, categories, positions, values_)
    ON CONFLICT (id) DO UPDATE SET position = excluded.position, sealed = excluded.sealed, stored_at = portal.now();
    INSERT INTO vault_fingerprint (record, customer_id, content, digest)
    SELECT i.id, i.customer, coalesce(i.content, ''), sha256(convert_to(i.sealed::text, 'UTF8'))
    FROM unnest(records, customers, values_, contents) AS i (id, customer, sealed, content)
    ON CONFLICT (record) DO UPDATE SET content = excluded.content, digest = excluded.digest
$$;
GRANT EXECUTE ON FUNCTION portal.store_records TO portal_app;

-- Correct one value of one record without reading the others. The fingerprint stays: the company's own list,
-- unchanged, does not bring the wrong value back.
CREATE FUNCTION portal.correct_value(record uuid, of_customer uuid, of_category bigint, field text, value text)
    RETURNS boolean LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, portal, public, pg_temp
AS $$
    WITH corrected AS (
        UPDATE vault_record AS r SET sealed = r.sealed || jsonb_build_object(field, value), stored_at = portal.now()
        WHERE r.id = correct_value.record AND r.customer_id = of_customer AND r.category_id = of_category
        RETURNING r.id, r.sealed)
    UPDATE vault_fingerprint AS f SET digest = sha256(convert_to(c.sealed::text, 'UTF8')) FROM corrected AS c
    WHERE f.record = c.id RETURNING true
$$;
GRANT EXECUTE ON FUNCTION portal.correct_value TO portal_app;

-- The way out of the vault. It needs no rule of its own: `vault_record_kept` lets go of nothing that no erasure has
-- named when the transaction ends.
CREATE FUNCTION portal.remove_records(customer uuid) RETURNS SETOF uuid LANGUAGE sql SECURITY DEFINER
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
    DELETE FROM vault_record AS r WHERE r.customer_id = customer RETURNING r.id
$$;
GRANT EXECUTE ON FUNCTION portal.remove_records TO portal_app;

-- The same for some kinds of data.
CREATE FUNCTION portal.remove_categories(of_customer uuid, of_categories bigint[]) RETURNS SETOF uuid LANGUAGE sql
    SECURITY DEFINER SET search_path = pg_catalog, portal, public, pg_temp
AS $$
    DELETE FROM vault_record AS r WHERE r.customer_id = of_customer AND r.category_id = ANY (of_categories)
    RETURNING r.id
$$;
GRANT EXECUTE ON FUNCTION portal.remove_categories TO portal_app;

-- Is this record the customer's and of this kind? Only whoever knows its id can ask.
CREATE FUNCTION portal.is_record_of(record uuid, of_customer uuid, of_category bigint) RETURNS boolean LANGUAGE sql
    STABLE SECURITY DEFINER SET search_path = pg_catalog, portal, public, pg_temp
AS $$
    SELECT EXISTS (SELECT FROM vault_record AS r
                   WHERE r.id = record AND r.customer_id = of_customer AND r.category_id = of_category)
$$;
GRANT EXECUTE ON FUNCTION portal.is_record_of TO portal_app;

-- The record of this kind, where there is exactly one.
CREATE FUNCTION portal.only_record(of_customer uuid, of_category bigint) RETURNS uuid LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = pg_catalog, portal, public, pg_temp
AS $$
    SELECT CASE WHEN count(*) = 1 THEN (array_agg(r.id))[1] END FROM vault_record AS r
    WHERE r.customer_id = of_customer AND r.category_id = of_category
$$;
GRANT EXECUTE ON FUNCTION portal.only_record TO portal_app;

-- Is anything of these kinds left?
CREATE FUNCTION portal.holds_categories(of_customer uuid, of_categories bigint[]) RETURNS boolean LANGUAGE sql
    STABLE SECURITY DEFINER SET search_path = pg_catalog, portal, public, pg_temp
AS $$
    SELECT EXISTS (SELECT FROM vault_record AS r
                   WHERE r.customer_id = of_customer AND r.category_id = ANY (of_categories))
$$;

-- One sealed value of a record (the only one of its kind, where none is named), and whether the record is as it was sealed
-- last. The rest of the record stays closed.
CREATE FUNCTION portal.pick_value(of_record uuid, of_customer uuid, of_category bigint, of_field text)
    RETURNS TABLE (record uuid, sealed text, is_whole boolean) LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
    SELECT r.id, r.sealed ->> of_field, sha256(convert_to(r.sealed::text, 'UTF8')) = f.digest
    FROM vault_record AS r JOIN vault_fingerprint AS f ON f.record = r.id
    WHERE r.id = coalesce(of_record, only_record(of_customer, of_category))
      AND r.customer_id = of_customer AND r.category_id = of_category
$$;

-- Their owner is a role that may read and write the vault, and nothing else.
GRANT CREATE ON SCHEMA portal TO portal_vault_writer;
ALTER FUNCTION portal.store_records OWNER TO portal_vault_writer;
ALTER FUNCTION portal.correct_value OWNER TO portal_vault_writer;
ALTER FUNCTION portal.remove_records OWNER TO portal_vault_writer;
ALTER FUNCTION portal.remove_categories OWNER TO portal_vault_writer;
ALTER FUNCTION portal.is_record_of OWNER TO portal_vault_writer;
ALTER FUNCTION portal.only_record OWNER TO portal_vault_writer;
ALTER FUNCTION portal.holds_categories OWNER TO portal_vault_writer;
ALTER FUNCTION portal.pick_value OWNER TO portal_vault_writer;
REVOKE CREATE ON SCHEMA portal FROM portal_vault_writer;

-- Only rules that run as the owner ask these: of a partial erasure what is left, of a correction what it would replace.
SET LOCAL ROLE portal_vault_writer;
GRANT EXECUTE ON FUNCTION portal.holds_categories TO portal_owner;
GRANT EXECUTE ON FUNCTION portal.pick_value TO portal_owner;
RESET ROLE;
