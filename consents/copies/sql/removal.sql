-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- Rows leave only with their request (consents/rights/sql/removal.sql), never by TRUNCATE.

-- With a request whose time is over go its copies, whoever removes it.
CREATE FUNCTION remove_copies_with_request() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    DELETE FROM copies_download AS d USING copies_package AS p
        WHERE p.id = d.package_id AND p.rights_request_id = OLD.id;
    DELETE FROM copies_collectioncode AS c USING copies_package AS p
        WHERE p.id = c.package_id AND p.rights_request_id = OLD.id;
    DELETE FROM copies_package WHERE rights_request_id = OLD.id;
    DELETE FROM copies_filechunk AS c USING copies_addedfile AS f
        WHERE f.id = c.file_id AND f.rights_request_id = OLD.id;
    DELETE FROM copies_filedecision AS d USING copies_addedfile AS f
        WHERE f.id = d.file_id AND f.rights_request_id = OLD.id;
    DELETE FROM copies_addedfile WHERE rights_request_id = OLD.id;
    RETURN OLD;
END $$;
CREATE TRIGGER rights_rightsrequest_takes_copies BEFORE DELETE ON rights_rightsrequest
    FOR EACH ROW EXECUTE FUNCTION remove_copies_with_request();

CREATE FUNCTION refuse_removal_of_copies() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    gone CONSTANT jsonb := to_jsonb(OLD);
    of_request CONSTANT uuid := CASE TG_TABLE_NAME
        WHEN 'copies_package' THEN gone ->> 'rights_request_id'
        WHEN 'copies_addedfile' THEN gone ->> 'rights_request_id'
        WHEN 'copies_filedecision' THEN
            (SELECT f.rights_request_id::text FROM copies_addedfile AS f WHERE f.id::text = gone ->> 'file_id')
        ELSE (SELECT p.rights_request_id::text FROM copies_package AS p WHERE p.id::text = gone ->> 'package_id') END;
BEGIN
    IF TG_OP = 'DELETE' AND rights_is_over(of_request) THEN
        RETURN OLD;
    END IF;
    PERFORM portal.refuse('a copy, its codes and its downloads must be kept as long as their request', TG_NAME);
END $$;
CREATE TRIGGER copies_download_append_only BEFORE UPDATE OR DELETE ON copies_download
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_copies();
CREATE TRIGGER copies_package_kept BEFORE DELETE ON copies_package
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_copies();
CREATE TRIGGER copies_collectioncode_kept BEFORE DELETE ON copies_collectioncode
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_copies();

CREATE TRIGGER copies_download_no_truncate BEFORE TRUNCATE ON copies_download
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER copies_addedfile_append_only BEFORE UPDATE OR DELETE ON copies_addedfile
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_copies();
CREATE TRIGGER copies_addedfile_no_truncate BEFORE TRUNCATE ON copies_addedfile
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER copies_filedecision_append_only BEFORE UPDATE OR DELETE ON copies_filedecision
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_copies();
CREATE TRIGGER copies_filedecision_no_truncate BEFORE TRUNCATE ON copies_filedecision
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
