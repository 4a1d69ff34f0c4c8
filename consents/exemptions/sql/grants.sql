-- Promise 6 (consents/DESIGN.md): The running system is not the owner.
--
-- Exactly what the application may do with each table of this room.
REVOKE ALL ON exemptions_exemption, exemptions_exemptedcategory, exemptions_delay FROM portal_app;
GRANT SELECT ON exemptions_exemption TO portal_app;
GRANT INSERT (id, customer_id, staff_id, asked_name, asked_team, purpose_id, version_id, kind, sentence, case_number,
    duration, access_request_id, why_unasked, unasked_words, statute, order_number, ordered_on, authority, is_foreign,
    treaty, scope_asked, necessity, threat, no_other_way, check_by, digest, token, filed_at, state, decided_by_id,
    decided_at, decision_words, told_at),
    UPDATE (state, decided_by_id, decided_at, decision_words, told_at) ON exemptions_exemption TO portal_app;
GRANT SELECT, INSERT ON exemptions_exemptedcategory, exemptions_delay TO portal_app;
