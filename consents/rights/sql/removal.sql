-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- A request is kept for two years after its end, and longer under a legal hold; then `rights_remove` removes it with
-- its ledger entry. An upper room removes what it added by a trigger of its own.

CREATE FUNCTION portal.rights_is_over(of_request uuid) RETURNS boolean LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT EXISTS (
    SELECT FROM rights_rightsrequest AS r JOIN rights_answer AS a ON a.rights_request_id = r.id
    LEFT JOIN rights_appeal AS p ON p.rights_request_id = r.id
    LEFT JOIN rights_appealdecision AS d ON d.rights_request_id = r.id
    WHERE r.id = of_request AND a.retain_until < (portal.clock() AT TIME ZONE 'UTC')::date
      AND (p.rights_request_id IS NULL OR d.rights_request_id IS NOT NULL)
      AND coalesce(d.decided_at, a.responded_at) < portal.clock() - interval '24 months'
      AND NOT EXISTS (SELECT FROM people_legalhold AS h WHERE h.customer_id = r.customer_id AND h.lifted_at IS NULL)
      AND is_on_record(r.id::text, r.customer_id, 'rights_request.removed', NULL, '{}'))
$$;
GRANT EXECUTE ON FUNCTION portal.rights_is_over TO portal_app;

-- The answer goes with its request, in one statement that removes the request first.
CREATE FUNCTION refuse_removal_of_rights() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    gone CONSTANT jsonb := to_jsonb(OLD);
    of_request CONSTANT uuid := CASE
        WHEN TG_TABLE_NAME = 'rights_rightsrequest' THEN gone ->> 'id'
        ELSE gone ->> 'rights_request_id' END;
BEGIN
    IF TG_OP = 'DELETE'
       AND (rights_is_over(of_request) OR NOT EXISTS (SELECT FROM rights_rightsrequest AS r WHERE r.id = of_request)) THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND rights_is_only_matched(gone, to_jsonb(NEW)) THEN
        RETURN NEW;
    END IF;
    PERFORM portal.refuse('a request and its steps are kept until their retention is over', TG_NAME);
END $$;
CREATE TRIGGER rights_rightsrequest_kept BEFORE DELETE ON rights_rightsrequest
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_rights();

CREATE FUNCTION portal.rights_remove(of_request uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
BEGIN
    DELETE FROM rights_pauseend WHERE rights_request_id = of_request;
    DELETE FROM rights_mention WHERE rights_request_id = of_request;
    DELETE FROM rights_redaction WHERE rights_request_id = of_request;
    DELETE FROM rights_statement WHERE rights_request_id = of_request;
    DELETE FROM rights_note WHERE rights_request_id = of_request;
    DELETE FROM rights_clarificationreply WHERE rights_request_id = of_request;
    DELETE FROM rights_clarification WHERE rights_request_id = of_request;
    DELETE FROM rights_acknowledgement WHERE rights_request_id = of_request;
    DELETE FROM rights_answerdispatch WHERE rights_request_id = of_request;
    DELETE FROM rights_assignment WHERE rights_request_id = of_request;
    DELETE FROM rights_chosenentry WHERE rights_request_id = of_request;
    DELETE FROM rights_correction WHERE rights_request_id = of_request;
    DELETE FROM rights_draft WHERE rights_request_id = of_request;
    DELETE FROM rights_deadlineextension WHERE rights_request_id = of_request;
    DELETE FROM rights_identitycheck WHERE rights_request_id = of_request;
    DELETE FROM rights_lawchoice WHERE rights_request_id = of_request;
    DELETE FROM rights_misseddeadline WHERE rights_request_id = of_request;
    DELETE FROM rights_pause WHERE rights_request_id = of_request;
    DELETE FROM rights_recipientnotice WHERE rights_request_id = of_request;
    DELETE FROM rights_search WHERE rights_request_id = of_request;
    WITH decision AS (DELETE FROM rights_appealdecision WHERE rights_request_id = of_request),
        appeal AS (DELETE FROM rights_appeal WHERE rights_request_id = of_request),
        answer AS (DELETE FROM rights_answer WHERE rights_request_id = of_request)
    DELETE FROM rights_rightsrequest WHERE id = of_request;
END $$;
GRANT EXECUTE ON FUNCTION portal.rights_remove TO portal_app;

CREATE TRIGGER rights_acknowledgement_append_only BEFORE UPDATE OR DELETE ON rights_acknowledgement
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_rights();
CREATE TRIGGER rights_acknowledgement_no_truncate BEFORE TRUNCATE ON rights_acknowledgement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rights_answer_append_only BEFORE UPDATE OR DELETE ON rights_answer
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_rights();
CREATE TRIGGER rights_answer_no_truncate BEFORE TRUNCATE ON rights_answer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rights_answerdispatch_append_only BEFORE UPDATE OR DELETE ON rights_answerdispatch
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_rights();
CREATE TRIGGER rights_answerdispatch_no_truncate BEFORE TRUNCATE ON rights_answerdispatch
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rights_appeal_append_only BEFORE UPDATE OR DELETE ON rights_appeal
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_rights();
CREATE TRIGGER rights_appeal_no_truncate BEFORE TRUNCATE ON rights_appeal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rights_appealdecision_append_only BEFORE UPDATE OR DELETE ON rights_appealdecision
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_rights();
CREATE TRIGGER rights_appealdecision_no_truncate BEFORE TRUNCATE ON rights_appealdecision
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rights_assignment_append_only BEFORE UPDATE OR DELETE ON rights_assignment
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_rights();
CREATE TRIGGER rights_assignment_no_truncate BEFORE TRUNCATE ON rights_assignment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rights_chosenentry_append_only BEFORE UPDATE OR DELETE ON rights_chosenentry
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_rights();
CREATE TRIGGER rights_chosenentry_no_truncate BEFORE TRUNCATE ON rights_chosenentry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rights_clarification_append_only BEFORE UPDATE OR DELETE ON rights_clarification
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_rights();
CREATE TRIGGER rights_clarification_no_truncate BEFORE TRUNCATE ON rights_clarification
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rights_clarificationreply_append_only BEFORE UPDATE OR DELETE ON rights_clarificationreply
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_rights();
CREATE TRIGGER rights_clarificationreply_no_truncate BEFORE TRUNCATE ON rights_clarificationreply
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rights_correction_append_only BEFORE UPDATE OR DELETE ON rights_correction
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_rights();
CREATE TRIGGER rights_correction_no_truncate BEFORE TRUNCATE ON rights_correction
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rights_deadlineextension_append_only BEFORE UPDATE OR DELETE ON rights_deadlineextension
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_rights();
CREATE TRIGGER rights_deadlineextension_no_truncate BEFORE TRUNCATE ON rights_deadlineextension
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rights_identitycheck_append_only BEFORE UPDATE OR DELETE ON rights_identitycheck
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_rights();
CREATE TRIGGER rights_identitycheck_no_truncate BEFORE TRUNCATE ON rights_identitycheck
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rights_lawchoice_append_only BEFORE UPDATE OR DELETE ON rights_lawchoice
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_rights();
CREATE TRIGGER rights_lawchoice_no_truncate BEFORE TRUNCATE ON rights_lawchoice
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rights_misseddeadline_append_only BEFORE UPDATE OR DELETE ON rights_misseddeadline
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_rights();
CREATE TRIGGER rights_misseddeadline_no_truncate BEFORE TRUNCATE ON rights_misseddeadline
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rights_mention_kept BEFORE DELETE ON rights_mention
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_rights();
CREATE TRIGGER rights_note_append_only BEFORE UPDATE OR DELETE ON rights_note
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_rights();
CREATE TRIGGER rights_note_no_truncate BEFORE TRUNCATE ON rights_note
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rights_redaction_kept BEFORE DELETE ON rights_redaction
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_rights();
CREATE TRIGGER rights_pause_append_only BEFORE UPDATE OR DELETE ON rights_pause
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_rights();
CREATE TRIGGER rights_pause_no_truncate BEFORE TRUNCATE ON rights_pause
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rights_pauseend_append_only BEFORE UPDATE OR DELETE ON rights_pauseend
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_rights();
CREATE TRIGGER rights_pauseend_no_truncate BEFORE TRUNCATE ON rights_pauseend
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rights_recipientnotice_append_only BEFORE UPDATE OR DELETE ON rights_recipientnotice
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_rights();
CREATE TRIGGER rights_recipientnotice_no_truncate BEFORE TRUNCATE ON rights_recipientnotice
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rights_search_append_only BEFORE UPDATE OR DELETE ON rights_search
    FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_rights();
CREATE TRIGGER rights_search_no_truncate BEFORE TRUNCATE ON rights_search
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
