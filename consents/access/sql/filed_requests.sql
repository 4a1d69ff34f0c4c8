-- Promise 2 (consents/DESIGN.md): What was approved is what was shown.
--
-- A filed request never changes, ends once, and two live grants never overlap.

-- A filed request keeps its terms and is never deleted. When its answer-by moment moves and what a reminder is, see
-- enquiries.sql.
CREATE FUNCTION refuse_change_of_filed_request() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changing CONSTANT text[] := ARRAY['state', 'ended_at', 'may_ask_again_at', 'answer_by', 'extra_time', 'remind_at'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM portal.refuse('a filed request cannot be deleted');
    END IF;
    IF to_jsonb(OLD) - changing IS DISTINCT FROM to_jsonb(NEW) - changing THEN
        PERFORM portal.refuse('a filed request cannot be changed');
    END IF;
    IF OLD.state <> 'pending' AND (OLD.state, OLD.ended_at, OLD.answer_by, OLD.extra_time, OLD.remind_at)
       IS DISTINCT FROM (NEW.state, NEW.ended_at, NEW.answer_by, NEW.extra_time, NEW.remind_at) THEN
        PERFORM portal.refuse('an ended request cannot be changed');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER access_accessrequest_frozen BEFORE UPDATE OR DELETE ON access_accessrequest
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_filed_request();

-- A grant only ends, once.
CREATE FUNCTION refuse_change_of_grant() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM portal.refuse('a grant cannot be deleted');
    END IF;
    IF to_jsonb(OLD) - ARRAY['ended_at', 'end'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['ended_at', 'end']
       OR OLD.ended_at IS NOT NULL THEN
        PERFORM portal.refuse('a grant can only be ended, and only once');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER access_grant_frozen BEFORE UPDATE OR DELETE ON access_grant
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_grant();

-- No two live grants for the same person, customer, category and purpose. Ranges of one value overlap only where they
-- are equal; to compare by = here would need the extension btree_gist.
CREATE TYPE uuidrange AS RANGE (subtype = uuid);
ALTER TABLE access_grant ADD CONSTRAINT access_grant_no_overlap EXCLUDE USING gist (
    uuidrange(staff_id, staff_id, '[]') WITH &&,
    uuidrange(customer_id, customer_id, '[]') WITH &&,
    int8range(category_id, category_id, '[]') WITH &&,
    int8range(purpose_id, purpose_id, '[]') WITH &&,
    tstzrange(starts_at, least(ended_at, ends_at)) WITH &&
);

-- Whoever lacks a valid attestation of a required training asks for nothing (Promise 13).
CREATE FUNCTION refuse_request_of_untrained() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT is_trained(NEW.staff_id, portal.clock()) THEN
        PERFORM portal.refuse('only a trained member of staff can ask for access', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER access_accessrequest_of_trained BEFORE INSERT ON access_accessrequest
    FOR EACH ROW EXECUTE FUNCTION refuse_request_of_untrained();

-- An erased customer is asked nothing and gives no grant.
CREATE TRIGGER access_accessrequest_not_of_erased BEFORE INSERT ON access_accessrequest
    FOR EACH ROW EXECUTE FUNCTION refuse_for_erased_customer();

CREATE TRIGGER access_grant_not_of_erased BEFORE INSERT ON access_grant
    FOR EACH ROW EXECUTE FUNCTION refuse_for_erased_customer();

-- What belongs to a request is its customer's.
CREATE FUNCTION copy_customer_of_access_request() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    NEW.customer_id := (SELECT r.customer_id FROM access_accessrequest AS r WHERE r.id = NEW.access_request_id);
    RETURN NEW;
END $$;
CREATE TRIGGER access_requestedcategory_of_customer BEFORE INSERT ON access_requestedcategory
    FOR EACH ROW EXECUTE FUNCTION copy_customer_of_access_request();

CREATE TRIGGER access_answer_of_customer BEFORE INSERT ON access_answer
    FOR EACH ROW EXECUTE FUNCTION copy_customer_of_access_request();

CREATE TRIGGER access_callercode_of_customer BEFORE INSERT ON access_callercode
    FOR EACH ROW EXECUTE FUNCTION copy_customer_of_access_request();

CREATE TRIGGER access_assent_of_customer BEFORE INSERT ON access_assent
    FOR EACH ROW EXECUTE FUNCTION copy_customer_of_access_request();

CREATE TRIGGER access_enquiry_of_customer BEFORE INSERT ON access_enquiry
    FOR EACH ROW EXECUTE FUNCTION copy_customer_of_access_request();
