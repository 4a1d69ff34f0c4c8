-- Promise 6 (consents/DESIGN.md): The running system is not the owner.
--
-- Exactly what the application may do with each table of this room.
REVOKE ALL ON training_attempt, training_attestation, training_moduleversion FROM portal_app;
GRANT SELECT ON training_attempt, training_attestation TO portal_app;
GRANT SELECT, INSERT, UPDATE ON training_moduleversion TO portal_app;
GRANT INSERT (id, version_id, member_id, answers) ON training_attempt TO portal_app;
GRANT INSERT (attempt_id) ON training_attestation TO portal_app;
