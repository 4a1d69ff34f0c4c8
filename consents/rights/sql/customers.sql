-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- What belongs to a request belongs to its customer, from the moment it is known whose the request is.

CREATE FUNCTION copy_customer_of_rights_request() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    NEW.customer_id := (SELECT r.customer_id FROM rights_rightsrequest AS r WHERE r.id = NEW.rights_request_id);
    RETURN NEW;
END $$;
CREATE TRIGGER rights_acknowledgement_of_customer BEFORE INSERT ON rights_acknowledgement
    FOR EACH ROW EXECUTE FUNCTION copy_customer_of_rights_request();
CREATE TRIGGER rights_answer_of_customer BEFORE INSERT ON rights_answer
    FOR EACH ROW EXECUTE FUNCTION copy_customer_of_rights_request();
CREATE TRIGGER rights_answerdispatch_of_customer BEFORE INSERT ON rights_answerdispatch
    FOR EACH ROW EXECUTE FUNCTION copy_customer_of_rights_request();
CREATE TRIGGER rights_appeal_of_customer BEFORE INSERT ON rights_appeal
    FOR EACH ROW EXECUTE FUNCTION copy_customer_of_rights_request();
CREATE TRIGGER rights_appealdecision_of_customer BEFORE INSERT ON rights_appealdecision
    FOR EACH ROW EXECUTE FUNCTION copy_customer_of_rights_request();
CREATE TRIGGER rights_assignment_of_customer BEFORE INSERT ON rights_assignment
    FOR EACH ROW EXECUTE FUNCTION copy_customer_of_rights_request();
CREATE TRIGGER rights_chosenentry_of_customer BEFORE INSERT ON rights_chosenentry
    FOR EACH ROW EXECUTE FUNCTION copy_customer_of_rights_request();
CREATE TRIGGER rights_clarification_of_customer BEFORE INSERT ON rights_clarification
    FOR EACH ROW EXECUTE FUNCTION copy_customer_of_rights_request();
CREATE TRIGGER rights_clarificationreply_of_customer BEFORE INSERT ON rights_clarificationreply
    FOR EACH ROW EXECUTE FUNCTION copy_customer_of_rights_request();
CREATE TRIGGER rights_correction_of_customer BEFORE INSERT ON rights_correction
    FOR EACH ROW EXECUTE FUNCTION copy_customer_of_rights_request();
CREATE TRIGGER rights_deadlineextension_of_customer BEFORE INSERT ON rights_deadlineextension
    FOR EACH ROW EXECUTE FUNCTION copy_customer_of_rights_request();
CREATE TRIGGER rights_draft_of_customer BEFORE INSERT ON rights_draft
    FOR EACH ROW EXECUTE FUNCTION copy_customer_of_rights_request();
CREATE TRIGGER rights_identitycheck_of_customer BEFORE INSERT ON rights_identitycheck
    FOR EACH ROW EXECUTE FUNCTION copy_customer_of_rights_request();
CREATE TRIGGER rights_lawchoice_of_customer BEFORE INSERT ON rights_lawchoice
    FOR EACH ROW EXECUTE FUNCTION copy_customer_of_rights_request();
CREATE TRIGGER rights_mention_of_customer BEFORE INSERT ON rights_mention
    FOR EACH ROW EXECUTE FUNCTION copy_customer_of_rights_request();
CREATE TRIGGER rights_misseddeadline_of_customer BEFORE INSERT ON rights_misseddeadline
    FOR EACH ROW EXECUTE FUNCTION copy_customer_of_rights_request();
CREATE TRIGGER rights_note_of_customer BEFORE INSERT ON rights_note
    FOR EACH ROW EXECUTE FUNCTION copy_customer_of_rights_request();
CREATE TRIGGER rights_pause_of_customer BEFORE INSERT ON rights_pause
    FOR EACH ROW EXECUTE FUNCTION copy_customer_of_rights_request();
CREATE TRIGGER rights_pauseend_of_customer BEFORE INSERT ON rights_pauseend
    FOR EACH ROW EXECUTE FUNCTION copy_customer_of_rights_request();
CREATE TRIGGER rights_recipientnotice_of_customer BEFORE INSERT ON rights_recipientnotice
    FOR EACH ROW EXECUTE FUNCTION copy_customer_of_rights_request();
CREATE TRIGGER rights_redaction_of_customer BEFORE INSERT ON rights_redaction
    FOR EACH ROW EXECUTE FUNCTION copy_customer_of_rights_request();
CREATE TRIGGER rights_search_of_customer BEFORE INSERT ON rights_search
    FOR EACH ROW EXECUTE FUNCTION copy_customer_of_rights_request();
CREATE TRIGGER rights_statement_of_customer BEFORE INSERT ON rights_statement
    FOR EACH ROW EXECUTE FUNCTION copy_customer_of_rights_request();

CREATE FUNCTION copy_matched_customer() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    UPDATE rights_acknowledgement SET customer_id = NEW.customer_id WHERE rights_request_id = NEW.id;
    UPDATE rights_answer SET customer_id = NEW.customer_id WHERE rights_request_id = NEW.id;
    UPDATE rights_answerdispatch SET customer_id = NEW.customer_id WHERE rights_request_id = NEW.id;
    UPDATE rights_appeal SET customer_id = NEW.customer_id WHERE rights_request_id = NEW.id;
    UPDATE rights_appealdecision SET customer_id = NEW.customer_id WHERE rights_request_id = NEW.id;
    UPDATE rights_assignment SET customer_id = NEW.customer_id WHERE rights_request_id = NEW.id;
    UPDATE rights_chosenentry SET customer_id = NEW.customer_id WHERE rights_request_id = NEW.id;
    UPDATE rights_clarification SET customer_id = NEW.customer_id WHERE rights_request_id = NEW.id;
    UPDATE rights_clarificationreply SET customer_id = NEW.customer_id WHERE rights_request_id = NEW.id;
    UPDATE rights_correction SET customer_id = NEW.customer_id WHERE rights_request_id = NEW.id;
    UPDATE rights_deadlineextension SET customer_id = NEW.customer_id WHERE rights_request_id = NEW.id;
    UPDATE rights_draft SET customer_id = NEW.customer_id WHERE rights_request_id = NEW.id;
    UPDATE rights_identitycheck SET customer_id = NEW.customer_id WHERE rights_request_id = NEW.id;
    UPDATE rights_lawchoice SET customer_id = NEW.customer_id WHERE rights_request_id = NEW.id;
    UPDATE rights_mention SET customer_id = NEW.customer_id WHERE rights_request_id = NEW.id;
    UPDATE rights_misseddeadline SET customer_id = NEW.customer_id WHERE rights_request_id = NEW.id;
    UPDATE rights_note SET customer_id = NEW.customer_id WHERE rights_request_id = NEW.id;
    UPDATE rights_pause SET customer_id = NEW.customer_id WHERE rights_request_id = NEW.id;
    UPDATE rights_pauseend SET customer_id = NEW.customer_id WHERE rights_request_id = NEW.id;
    UPDATE rights_recipientnotice SET customer_id = NEW.customer_id WHERE rights_request_id = NEW.id;
    UPDATE rights_search SET customer_id = NEW.customer_id WHERE rights_request_id = NEW.id;
    UPDATE rights_statement SET customer_id = NEW.customer_id WHERE rights_request_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER rights_rightsrequest_matched AFTER UPDATE OF customer_id ON rights_rightsrequest
    FOR EACH ROW WHEN (OLD.customer_id IS DISTINCT FROM NEW.customer_id) EXECUTE FUNCTION copy_matched_customer();

-- The one change of a row: it gets the customer to whom its request was matched.
CREATE FUNCTION portal.rights_is_only_matched(old jsonb, new jsonb) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT old ->> 'customer_id' IS NULL AND old - 'customer_id' = new - 'customer_id'
   AND EXISTS (SELECT FROM rights_rightsrequest AS r
               WHERE r.id::text = new ->> 'rights_request_id' AND r.customer_id::text = new ->> 'customer_id')
$$;
GRANT EXECUTE ON FUNCTION portal.rights_is_only_matched TO portal_app;
