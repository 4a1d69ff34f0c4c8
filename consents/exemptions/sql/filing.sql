-- Promise 15 (consents/DESIGN.md): Without an answer, only a legal ground and two people open data.
--
-- An exemption is filed now, by a trained member of staff who does not act for the customer, under an order that exists
-- already. Only an emergency opens at once, and then for an hour, with a day for the second officer's check; and the same
-- member opens the same customer's data at once again only when the last time was confirmed, or a month later.

-- The transaction that filed it; the application can set neither this nor a moment of another time. Not `xmin`: an UPDATE
-- that changes nothing would make that the transaction of the decision.
ALTER TABLE exemptions_exemption ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();

-- Has this member opened this customer's data at once within 30 days, and no second officer confirmed it? An hour would
-- otherwise follow an hour for as long as nobody looks.
CREATE FUNCTION portal.has_unconfirmed_emergency(of_member uuid, of_customer uuid) RETURNS boolean LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT EXISTS (SELECT FROM exemptions_exemption AS x
               WHERE x.staff_id = of_member AND x.customer_id = of_customer AND x.check_by IS NOT NULL
                 AND x.state <> 'granted' AND x.filed_at > portal.clock() - interval '30 days')
$$;
GRANT EXECUTE ON FUNCTION portal.has_unconfirmed_emergency TO portal_app;

CREATE FUNCTION check_exemption_filing() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NEW.state NOT IN ('filed', 'opened')
       OR NOT is_officer(NEW.staff_id, ARRAY['requester', 'privacy_officer', 'compliance_officer'])
       OR NOT is_trained(NEW.staff_id, portal.clock()) OR acts_for(NEW.staff_id, NEW.customer_id) THEN
        PERFORM portal.refuse('an exemption must be filed by trained staff who do not act for the customer', TG_NAME);
    END IF;
    -- The day where the company is may be one after the day in UTC.
    IF NEW.ordered_on > (portal.clock() AT TIME ZONE 'UTC')::date + 1
       OR (CASE NEW.state WHEN 'opened' THEN
                  NEW.kind <> 'safety' OR NEW.duration > interval '1 hour' OR NEW.told_at IS NULL
                  OR NEW.check_by IS DISTINCT FROM NEW.filed_at + interval '24 hours'
              ELSE NEW.check_by IS NOT NULL OR NEW.told_at IS NOT NULL END) THEN
        PERFORM portal.refuse(
            'only an emergency opens at once, for an hour, told at once and checked within a day', TG_NAME);
    END IF;
    IF NEW.state = 'opened' AND portal.has_unconfirmed_emergency(NEW.staff_id, NEW.customer_id) THEN
        PERFORM portal.refuse('nobody opens the same customer''s data at once again before it was confirmed', TG_NAME);
    END IF;
    IF NEW.access_request_id IS NOT NULL AND NOT EXISTS (
           SELECT FROM access_accessrequest AS r
           WHERE r.id = NEW.access_request_id AND r.state NOT IN ('approved', 'partly_approved')
             AND (r.customer_id, r.staff_id, r.purpose_id) = (NEW.customer_id, NEW.staff_id, NEW.purpose_id)
             AND (r.state <> 'pending' OR r.answer_by <= portal.clock() + interval '24 hours')) THEN
        PERFORM portal.refuse(
            'an exemption must name an ask of the same customer that was not allowed or is due within a day', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exemptions_exemption_filed BEFORE INSERT ON exemptions_exemption
    FOR EACH ROW EXECUTE FUNCTION check_exemption_filing();

CREATE FUNCTION check_exemption_filed_now() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT is_now(NEW.filed_at) OR NEW.told_at IS NOT NULL AND NOT is_now(NEW.told_at) THEN
        PERFORM portal.refuse('an exemption must be filed now', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exemptions_exemption_filed_now BEFORE INSERT ON exemptions_exemption
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION check_exemption_filed_now();

CREATE TRIGGER exemptions_exemption_not_of_erased BEFORE INSERT ON exemptions_exemption
    FOR EACH ROW EXECUTE FUNCTION refuse_for_erased_customer();

-- What belongs to an exemption is its customer's. The scope given is fixed with the filing.
CREATE FUNCTION copy_customer_of_exemption() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    NEW.customer_id := (SELECT x.customer_id FROM exemptions_exemption AS x WHERE x.id = NEW.exemption_id);
    RETURN NEW;
END $$;
CREATE TRIGGER exemptions_exemptedcategory_of_customer BEFORE INSERT ON exemptions_exemptedcategory
    FOR EACH ROW EXECUTE FUNCTION copy_customer_of_exemption();
CREATE TRIGGER exemptions_delay_of_customer BEFORE INSERT ON exemptions_delay
    FOR EACH ROW EXECUTE FUNCTION copy_customer_of_exemption();

CREATE FUNCTION refuse_late_exempted_category() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM exemptions_exemption AS x
                   WHERE x.id = NEW.exemption_id AND x.xid = pg_current_xact_id()) THEN
        PERFORM portal.refuse('categories cannot be added to a filed exemption', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exemptions_exemptedcategory_when_filed BEFORE INSERT ON exemptions_exemptedcategory
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_late_exempted_category();
