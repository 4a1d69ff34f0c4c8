-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- No path leads to an answer past the check of identity and the search; an answer says only what was done.

-- The answer needs a look into systems.
CREATE FUNCTION portal.rights_needs_search(of_type text) RETURNS boolean LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$ SELECT of_type IN ('A15', 'A17', 'A19', 'A20', 'access:categories', 'access:specific', 'deletion', 'admt:access')
$$;
GRANT EXECUTE ON FUNCTION portal.rights_needs_search TO portal_app;

CREATE FUNCTION refuse_answer_unchecked() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    served CONSTANT boolean := NEW.outcome IN ('complied_whole', 'complied_part', 'no_data_held');
    of_unknown CONSTANT boolean := NEW.denial_reason IN
        ('insuf_verification', 'no_match', 'suspected_fraud', 'outside_jurisdiction');
    r record;
    is_identified boolean;
BEGIN
    SELECT id, customer_id, request_type, identity_needed, waiting_since, handler_id, verification_level, verified_at INTO r
    FROM rights_register WHERE id = NEW.rights_request_id;
    is_identified := r.identity_needed = 'not_required' OR r.verified_at IS NOT NULL;
    IF served AND NOT (is_identified
                       AND (r.customer_id IS NOT NULL
                            OR r.identity_needed = 'not_required' AND NEW.outcome = 'no_data_held'))
       OR NEW.outcome = 'denied' AND NOT is_identified AND NOT of_unknown THEN
        PERFORM portal.refuse('no one is answered before it is known who asks', TG_NAME);
    END IF;
    IF NEW.denial_reason <> ''
       AND (r.request_type = 'A7-3'
            OR r.request_type IN ('sale:opt_out', 'limit', 'admt:opt_out') AND NEW.denial_reason <> 'suspected_fraud')
       OR NEW.denial_reason IN ('insuf_verification', 'no_match') AND r.verified_at IS NOT NULL
          AND (r.request_type, r.verification_level, NEW.outcome)
              IS DISTINCT FROM ('access:specific', 'reasonable', 'complied_part') THEN
        PERFORM portal.refuse('a request is refused only for a reason that its right and its requester allow', TG_NAME);
    END IF;
    IF r.request_type = 'access:specific' AND r.verification_level = 'reasonable'
       AND (NEW.outcome = 'complied_whole'
            OR NEW.outcome = 'complied_part' AND NEW.denial_reason <> 'insuf_verification') THEN
        PERFORM portal.refuse('specific pieces go only to someone identified with reasonably high certainty', TG_NAME);
    END IF;
    IF (NEW.granted <> '[]') <> (r.request_type = 'A21' AND NEW.outcome = 'complied_part')
       OR NEW.fee_amount > 0
          AND r.request_type IN ('A21', 'A7-3', 'sale:opt_out', 'sale:opt_in', 'limit', 'admt:opt_out') THEN
        PERFORM portal.refuse(
            'an answer names uses only for a part of an objection, and a fee only where the law allows one', TG_NAME);
    END IF;
    IF served AND rights_needs_search(r.request_type)
       AND NOT EXISTS (SELECT FROM rights_search AS s WHERE s.rights_request_id = r.id) THEN
        PERFORM portal.refuse('an answer about data follows a search for it', TG_NAME);
    END IF;
    IF NOT is_now(NEW.responded_at) OR r.waiting_since IS NOT NULL AND NEW.outcome <> 'withdrawn_by_requester'
       OR NEW.retain_until < (NEW.responded_at AT TIME ZONE 'UTC' + interval '24 months')::date - 1
       OR r.handler_id IS NULL AND NEW.outcome <> 'withdrawn_by_requester'
          AND NOT (r.identity_needed = 'not_required' AND NEW.outcome = 'complied_whole') THEN
        PERFORM portal.refuse('an answer is given now, by an officer, and kept for two years', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rights_answer_checked BEFORE INSERT ON rights_answer
    FOR EACH ROW EXECUTE FUNCTION refuse_answer_unchecked();

CREATE FUNCTION refuse_answer_not_done() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    r rights_rightsrequest;
    -- How many values were proposed; the first entry of a request says it.
    proposed CONSTANT bigint := coalesce((
        SELECT (e.details::jsonb ->> 'proposals')::bigint FROM ledger_entry AS e
        WHERE e.object = NEW.rights_request_id::text AND e.event = 'rights_request.filed' ORDER BY e.id LIMIT 1), 0);
    accepted CONSTANT bigint := (
        SELECT count(*) FROM rights_correction AS c
        WHERE c.rights_request_id = NEW.rights_request_id AND c.is_accepted);
BEGIN
    SELECT * INTO r FROM rights_rightsrequest WHERE id = NEW.rights_request_id;
    IF r.request_type IN ('A17', 'deletion') AND NEW.outcome = 'complied_whole'
       AND NOT EXISTS (SELECT FROM people_customer AS c WHERE c.id = r.customer_id AND c.erased_at IS NOT NULL)
       AND NOT EXISTS (SELECT FROM vault_parterasure AS e
                       WHERE e.request = r.id AND e.customer_id = r.customer_id AND e.done_at IS NOT NULL
                         AND e.kept = '[]' AND r.scope <> '[]' AND e.deleted @> r.scope)
       OR r.request_type IN ('A17', 'deletion') AND NEW.outcome = 'complied_part'
          AND NOT EXISTS (SELECT FROM vault_parterasure AS e
                          WHERE e.request = r.id AND e.customer_id = r.customer_id AND e.done_at IS NOT NULL
                            AND e.kept <> '[]' AND NEW.denial_reason = 'legal_restriction'
                            AND NEW.denial_legal_basis = e.law AND e.deleted || e.kept @> r.scope
                            AND (r.scope <> '[]'
                                 OR NOT EXISTS (SELECT FROM catalogue_category AS k
                                                WHERE NOT e.deleted || e.kept ? k.code)))
       OR r.request_type IN ('A16', 'correction') AND NEW.outcome = 'complied_whole'
          AND accepted < greatest(proposed, 1)
       OR r.request_type IN ('A16', 'correction') AND NEW.outcome = 'complied_part' AND accepted = 0 THEN
        PERFORM portal.refuse('an answer calls done only what was done', TG_NAME);
    END IF;
    IF r.request_type = 'A21' AND NEW.outcome = 'denied'
       AND EXISTS (SELECT FROM catalogue_purposeversion AS v JOIN catalogue_purpose AS p ON p.id = v.purpose_id
                   WHERE r.scope ? p.code AND v.published_at IS NOT NULL
                     AND v.dpv_purpose IN ('dpv:Advertising', 'dpv:DirectMarketing', 'dpv:Marketing',
                         'dpv:PersonalisedAdvertising', 'dpv:TargetedAdvertising')
                     AND NOT EXISTS (SELECT FROM catalogue_purposeversion AS n
                                     WHERE n.purpose_id = v.purpose_id AND n.published_at IS NOT NULL
                                       AND n.number > v.number)) THEN
        PERFORM portal.refuse('an objection to direct marketing is not refused', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER rights_answer_done AFTER INSERT ON rights_answer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_answer_not_done();

CREATE FUNCTION refuse_answer_without_effect() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    r rights_rightsrequest;
BEGIN
    SELECT * INTO r FROM rights_rightsrequest WHERE id = NEW.rights_request_id;
    IF r.request_type IN ('A18', 'A21') AND NEW.outcome IN ('complied_whole', 'complied_part')
       AND NOT EXISTS (SELECT FROM choices_mark AS m WHERE m.request = r.id AND m.lifted_at IS NULL)
       AND NOT EXISTS (SELECT FROM people_customer AS c WHERE c.id = r.customer_id AND c.erased_at IS NOT NULL) THEN
        PERFORM portal.refuse('a pause or an objection that is granted stands', TG_NAME);
    END IF;
    IF r.request_type IN ('A17', 'deletion')
       AND (EXISTS (SELECT FROM people_erasure AS e WHERE e.customer_id = r.customer_id AND e.reason = 'requested'
                    AND e.done_at IS NULL AND e.cancelled_at IS NULL)
            OR EXISTS (SELECT FROM vault_parterasure AS e
                       WHERE e.request = r.id AND e.done_at IS NULL AND e.cancelled_at IS NULL)) THEN
        PERFORM portal.refuse('with the request goes what was proposed to fulfil it', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER rights_answer_has_effect AFTER INSERT ON rights_answer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_answer_without_effect();

CREATE FUNCTION refuse_correction_off_record() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM rights_rightsrequest AS r
        WHERE r.id = NEW.rights_request_id AND r.request_type IN ('A16', 'correction') AND r.state <> 'answered'
          AND rights_is_verified(r.id) AND is_now(NEW.decided_at)
          AND is_officer(NEW.decided_by_id, ARRAY['privacy_officer', 'compliance_officer'])
          AND is_on_record(r.id::text, r.customer_id, 'rights_request.value_decided',
                  CASE WHEN NEW.is_accepted THEN 'accepted' ELSE 'refused' END,
                  jsonb_build_object('place', NEW.place), NEW.decided_by_id)
          AND (NOT NEW.is_accepted OR is_on_record('records', r.customer_id, 'vault.stored', NULL, '{}'))) THEN
        PERFORM portal.refuse('a value is decided on by an officer, for somebody known, and on record', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER rights_correction_on_record AFTER INSERT ON rights_correction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_correction_off_record();

CREATE FUNCTION refuse_part_erasure_of_no_request() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM rights_rightsrequest AS r
                   WHERE r.id = NEW.request AND r.customer_id = NEW.customer_id AND r.state <> 'answered'
                     AND r.request_type IN ('A17', 'deletion') AND rights_is_verified(r.id)) THEN
        PERFORM portal.refuse('a part is erased for an open request to delete, of somebody known', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER vault_parterasure_requested BEFORE INSERT OR UPDATE OF done_at ON vault_parterasure
    FOR EACH ROW WHEN (session_user <> 'portal_owner' AND NEW.original IS NULL AND NEW.cancelled_at IS NULL)
    EXECUTE FUNCTION refuse_part_erasure_of_no_request();

CREATE FUNCTION refuse_sale_that_nobody_allowed() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NEW.outcome IN ('complied_whole', 'complied_part')
       AND EXISTS (SELECT FROM rights_rightsrequest AS r
                   WHERE r.id = NEW.rights_request_id AND r.request_type = 'sale:opt_in')
       AND NOT EXISTS (
           SELECT FROM choices_choice AS c JOIN catalogue_purposeversion AS v ON v.id = c.version_id
           WHERE c.customer_id = NEW.customer_id AND v.sale
             AND c.status IN ('ConsentGiven', 'RenewedConsentGiven')) THEN
        PERFORM portal.refuse('a sale is allowed only by its customer', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER rights_answer_sale_allowed AFTER INSERT ON rights_answer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_sale_that_nobody_allowed();
