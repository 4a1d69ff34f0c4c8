-- Promise 6 (consents/DESIGN.md): The running system is not the owner.
--
-- Exactly what the application may do with each table of this room.
REVOKE ALL ON access_accessrequest, access_answer, access_assent, access_block, access_callercode, access_enquiry,
    access_grant, access_proposedrequest, access_requestedcategory, access_sentencetemplate FROM portal_app;
GRANT SELECT, INSERT ON access_assent TO portal_app;
GRANT SELECT ON access_answer, access_block, access_callercode, access_enquiry, access_proposedrequest TO portal_app;
GRANT INSERT (id, code_hash, sent_at, ends_at, tries, proof, proved_at, access_request_id, customer_id, sent_by_id),
    UPDATE (tries, proof, proved_at) ON access_callercode TO portal_app;
GRANT INSERT (id, sealed_question, sent_at, sealed_reply, replied_at, access_request_id, customer_id, sent_by_id),
    UPDATE (sealed_reply, replied_at) ON access_enquiry TO portal_app;
GRANT INSERT (id, categories, reason, sealed_words, duration, answer_within, token, proposed_at, state, decided_at,
    sealed_reason, access_request_id, customer_id, decided_by_id, staff_id, version_id),
    UPDATE (state, decided_by_id, decided_at, sealed_reason, access_request_id) ON access_proposedrequest TO portal_app;
GRANT INSERT (id, kind, team, placed_at, lifted_at, customer_id, member_id), UPDATE (lifted_at) ON access_block
    TO portal_app;
GRANT SELECT, INSERT ON access_requestedcategory TO portal_app;
GRANT SELECT, INSERT, UPDATE ON access_sentencetemplate TO portal_app;
GRANT SELECT, UPDATE ON access_accessrequest TO portal_app;
GRANT SELECT, INSERT, UPDATE ON access_grant TO portal_app;
GRANT INSERT (id, asked_name, asked_team, reason, sentence, sensitive_reason, case_number, duration, answer_by,
    extra_time, remind_at, filed_at, digest, token, state, ended_at, may_ask_again_at, customer_id, purpose_id, staff_id, version_id)
    ON access_accessrequest TO portal_app;
GRANT INSERT (access_request_id, customer_id, decision, capacity, duration, shown_digest, sealed_message, token,
    answered_at, answered_by_id, caller_code_id)
    ON access_answer TO portal_app;
