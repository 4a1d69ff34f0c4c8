-- Promise 6 (consents/DESIGN.md): The running system is not the owner.
--
-- Exactly what the application may do with each table of this room.
REVOKE ALL ON rights_rightsrequest, rights_register, rights_statement, rights_draft, rights_savedview,
    rights_acknowledgement, rights_answer, rights_answerdispatch, rights_appeal, rights_appealdecision,
    rights_assignment, rights_chosenentry, rights_clarification, rights_clarificationreply, rights_questiontemplate,
    rights_correction, rights_deadlineextension, rights_identitycheck, rights_lawchoice, rights_mention,
    rights_misseddeadline, rights_note, rights_pause, rights_pauseend, rights_recipientnotice, rights_redaction,
    rights_search FROM portal_app;
GRANT SELECT ON rights_register TO portal_app;
GRANT SELECT, INSERT ON rights_acknowledgement, rights_answer, rights_answerdispatch, rights_appeal,
    rights_appealdecision, rights_assignment, rights_chosenentry, rights_clarification, rights_clarificationreply,
    rights_correction, rights_deadlineextension, rights_identitycheck, rights_lawchoice, rights_misseddeadline,
    rights_note, rights_pause, rights_pauseend, rights_recipientnotice, rights_search TO portal_app;
GRANT SELECT, INSERT, UPDATE (customer_id, agent_proof, regime, jurisdiction, request_type, identity_needed, clocks,
    acknowledge_by, due_at, due_rule, due_unit, calendar_id, target_on) ON rights_rightsrequest TO portal_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON rights_statement TO portal_app;
GRANT SELECT, INSERT, DELETE, UPDATE (is_theirs, sealed, saved_at) ON rights_draft TO portal_app;
GRANT SELECT, INSERT, UPDATE (read_at) ON rights_mention TO portal_app;
GRANT SELECT, INSERT, UPDATE (is_agreed, decided_by_id, decided_at) ON rights_redaction TO portal_app;
GRANT SELECT, INSERT, UPDATE (code, about, texts, is_offered) ON rights_questiontemplate TO portal_app;
GRANT SELECT, INSERT, DELETE, UPDATE (query, is_first) ON rights_savedview TO portal_app;
