-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- What follows from the steps of a request is derived from them: four columns for the order of the queue, the rest in a
-- view.

CREATE FUNCTION portal.rights_derive(of_request uuid, OUT state text, OUT handler_id uuid, OUT answer_by timestamptz,
    OUT waiting_since timestamptz) LANGUAGE sql STABLE SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT CASE WHEN a.rights_request_id IS NOT NULL THEN 'answered' WHEN h.officer_id IS NOT NULL THEN 'in_progress'
            WHEN k.rights_request_id IS NOT NULL THEN 'acknowledged' ELSE 'received' END,
    h.officer_id, coalesce(e.extended_to, CASE WHEN x.notified_at < l.chosen_at THEN l.extended_to ELSE x.extended_to END,
        e.due_at, r.due_at),
    CASE WHEN a.rights_request_id IS NULL THEN p.began_at END
FROM rights_rightsrequest AS r
LEFT JOIN rights_acknowledgement AS k ON k.rights_request_id = r.id
LEFT JOIN rights_answer AS a ON a.rights_request_id = r.id
LEFT JOIN rights_deadlineextension AS x ON x.rights_request_id = r.id
LEFT JOIN rights_lawchoice AS l ON l.rights_request_id = r.id
LEFT JOIN LATERAL (SELECT s.officer_id FROM rights_assignment AS s WHERE s.rights_request_id = r.id
                   ORDER BY s.id DESC LIMIT 1) AS h ON true
LEFT JOIN LATERAL (SELECT n.due_at, n.extended_to FROM rights_pauseend AS n WHERE n.rights_request_id = r.id
                     AND (l.chosen_at IS NULL OR n.ended_at >= l.chosen_at)
                   ORDER BY n.pause_id DESC LIMIT 1) AS e ON true
LEFT JOIN rights_pause AS p ON p.rights_request_id = r.id
    AND NOT EXISTS (SELECT FROM rights_pauseend AS n WHERE n.pause_id = p.id)
WHERE r.id = of_request
$$;
GRANT EXECUTE ON FUNCTION portal.rights_derive TO portal_app;

CREATE FUNCTION derive_progress() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    UPDATE rights_rightsrequest AS r SET (state, handler_id, answer_by, waiting_since) =
        (SELECT d.state, d.handler_id, d.answer_by, d.waiting_since FROM rights_derive(r.id) AS d)
    WHERE r.id = NEW.rights_request_id;
    RETURN NULL;
END $$;
CREATE TRIGGER rights_acknowledgement_derived AFTER INSERT ON rights_acknowledgement
    FOR EACH ROW EXECUTE FUNCTION derive_progress();
CREATE TRIGGER rights_answer_derived AFTER INSERT ON rights_answer FOR EACH ROW EXECUTE FUNCTION derive_progress();
CREATE TRIGGER rights_assignment_derived AFTER INSERT ON rights_assignment
    FOR EACH ROW EXECUTE FUNCTION derive_progress();
CREATE TRIGGER rights_deadlineextension_derived AFTER INSERT ON rights_deadlineextension
    FOR EACH ROW EXECUTE FUNCTION derive_progress();
CREATE TRIGGER rights_pause_derived AFTER INSERT ON rights_pause FOR EACH ROW EXECUTE FUNCTION derive_progress();
CREATE TRIGGER rights_pauseend_derived AFTER INSERT ON rights_pauseend FOR EACH ROW EXECUTE FUNCTION derive_progress();

-- With the customer the law may change, and the due moments with it.
CREATE FUNCTION derive_progress_of_matched() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    UPDATE rights_rightsrequest AS r SET (state, handler_id, answer_by, waiting_since) =
        (SELECT d.state, d.handler_id, d.answer_by, d.waiting_since FROM rights_derive(r.id) AS d)
    WHERE r.id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER rights_rightsrequest_derived AFTER UPDATE OF customer_id ON rights_rightsrequest
    FOR EACH ROW WHEN (OLD.customer_id IS DISTINCT FROM NEW.customer_id) EXECUTE FUNCTION derive_progress_of_matched();

-- The whole register. `clocks` as they stand: after a pause they are computed anew, also that of an extension; what
-- was counted by a law that does not hold is left out.
CREATE VIEW rights_register WITH (security_invoker) AS
SELECT r.id, r.number, r.customer_id, r.regime, r.jurisdiction, r.request_type, r.scope, r.scope_from, r.scope_until,
    r.channel, r.submitted_by, r.agent_proof, r.received_at, r.filed_at, r.identity_needed, r.state, r.handler_id, r.answer_by,
    r.waiting_since, r.due_rule, r.due_unit, r.calendar_id, k.acknowledged_at,
    CASE WHEN r.identity_needed = 'not_required' THEN 'not_required' WHEN v.id IS NOT NULL THEN v.level
         WHEN EXISTS (SELECT FROM rights_identitycheck AS f WHERE f.rights_request_id = r.id) THEN 'failed'
         ELSE '' END AS verification_level,
    v.checked_at AS verified_at,
    (SELECT min(s.asked_at) FROM rights_clarification AS s WHERE s.rights_request_id = r.id AND s.about = 'identity')
        AS verification_requested_at,
    coalesce(e.due_at, r.due_at) AS due_at, coalesce(e.target_on, r.target_on) AS target_on,
    coalesce(e.extended_to, CASE WHEN x.notified_at < l.chosen_at THEN l.extended_to ELSE x.extended_to END)
        AS extended_to,
    CASE WHEN x.notified_at < l.chosen_at AND l.extended_to IS NULL THEN '' ELSE coalesce(x.reason, '') END
        AS extension_reason,
    x.notified_at AS extension_notified_at, coalesce(w.waited_days, 0) AS waited_days,
    CASE WHEN r.waiting_since IS NULL THEN ''
         ELSE (SELECT s.waiting_for FROM rights_pause AS s WHERE s.rights_request_id = r.id
               ORDER BY s.id DESC LIMIT 1) END AS waiting_for,
    r.clocks || CASE WHEN x.rights_request_id IS NULL OR x.notified_at < l.chosen_at THEN '{}' ELSE jsonb_build_object('extended', x.clock) END
        || coalesce(e.clocks, '{}')
        || CASE WHEN p.rights_request_id IS NULL THEN '{}' ELSE jsonb_build_object('appeal', p.clock) END AS clocks,
    a.responded_at, coalesce(a.outcome, '') AS outcome, coalesce(a.response_format, '') AS response_format,
    coalesce(a.denial_reason, '') AS denial_reason, coalesce(a.denial_metric_group, '') AS denial_metric_group,
    coalesce(a.denial_legal_basis, '') AS denial_legal_basis, coalesce(a.remedies_told, false) AS remedies_told,
    coalesce(a.granted, '[]') AS granted, coalesce(a.fee_amount, 0) AS fee_amount,
    coalesce(a.fee_currency, '') AS fee_currency, coalesce(a.fee_reason, '') AS fee_reason, a.retain_until,
    p.appealed_at AS appeal_at, p.due_at AS appeal_due_at,
    CASE WHEN p.rights_request_id IS NULL THEN '' ELSE coalesce(d.outcome, 'pending') END AS appeal_outcome,
    d.decided_at AS appeal_decided_at, l.filed_regime, l.filed_jurisdiction, l.filed_type, l.chosen_at AS law_chosen_at
FROM rights_rightsrequest AS r
LEFT JOIN rights_acknowledgement AS k ON k.rights_request_id = r.id
LEFT JOIN rights_identitycheck AS v ON v.rights_request_id = r.id AND v.level <> 'failed'
LEFT JOIN rights_deadlineextension AS x ON x.rights_request_id = r.id
LEFT JOIN rights_lawchoice AS l ON l.rights_request_id = r.id
LEFT JOIN LATERAL (SELECT n.waited_days FROM rights_pauseend AS n WHERE n.rights_request_id = r.id
                   ORDER BY n.pause_id DESC LIMIT 1) AS w ON true
LEFT JOIN LATERAL (SELECT n.* FROM rights_pauseend AS n WHERE n.rights_request_id = r.id
                     AND (l.chosen_at IS NULL OR n.ended_at >= l.chosen_at)
                   ORDER BY n.pause_id DESC LIMIT 1) AS e ON true
LEFT JOIN rights_answer AS a ON a.rights_request_id = r.id
LEFT JOIN rights_appeal AS p ON p.rights_request_id = r.id
LEFT JOIN rights_appealdecision AS d ON d.rights_request_id = r.id;
