-- Promise 11 (consents/DESIGN.md): Erasure is final, proof remains.
--
-- Records leave with an erasure and never otherwise; an erased customer gets no new ones.

-- Records leave with their customer's erasure, whole or partial.
CREATE FUNCTION refuse_removal_of_records() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM people_customer AS c WHERE c.id = OLD.customer_id AND c.erased_at IS NOT NULL)
       AND NOT EXISTS (SELECT FROM vault_parterasure AS e JOIN catalogue_category AS k ON k.id = OLD.category_id
                       WHERE e.customer_id = OLD.customer_id AND e.done_at IS NOT NULL AND e.deleted ? k.code) THEN
        PERFORM portal.refuse('only an erasure can remove this', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER vault_record_kept AFTER DELETE ON vault_record DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_records();

-- Nothing is stored for an erased customer.
CREATE TRIGGER vault_record_not_of_erased AFTER INSERT ON vault_record REFERENCING NEW TABLE AS stored
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rows_of_erased_customer();

-- Nothing is stored of a kind that was deleted for good. By its name this trigger comes after `…_not_of_erased`,
-- which has waited for an erasure under way.
CREATE FUNCTION refuse_records_of_deleted_category() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM vault_parterasure AS e JOIN stored AS s ON s.customer_id = e.customer_id
               JOIN catalogue_category AS k ON k.id = s.category_id
               WHERE e.done_at IS NOT NULL AND e.deleted ? k.code) THEN
        PERFORM portal.refuse('this category of the customer''s data was deleted for good', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER vault_record_not_of_part_erased AFTER INSERT ON vault_record REFERENCING NEW TABLE AS stored
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_records_of_deleted_category();
