-- Promise 12 (consents/DESIGN.md): Asking is cheap, refusing is free.
--
-- Where a purpose lists teams, customers are asked by these alone: by a request, and by one that a manager must agree to.
CREATE FUNCTION refuse_request_of_other_team() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT is_for_team_of((SELECT v.purpose_id FROM catalogue_purposeversion AS v WHERE v.id = NEW.version_id),
                          NEW.staff_id) THEN
        PERFORM portal.refuse('this purpose can only be asked for by the teams it lists', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER access_accessrequest_of_team BEFORE INSERT ON access_accessrequest
    FOR EACH ROW EXECUTE FUNCTION refuse_request_of_other_team();
CREATE TRIGGER access_proposedrequest_of_team BEFORE INSERT ON access_proposedrequest
    FOR EACH ROW EXECUTE FUNCTION refuse_request_of_other_team();
