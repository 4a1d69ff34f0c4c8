-- Promise 6 (consents/DESIGN.md): The running system is not the owner.
--
-- Exactly what the application may do with each table of this room.
REVOKE ALL ON vault_fingerprint, vault_parterasure, vault_record FROM portal_app;
GRANT SELECT ON vault_record TO portal_app;
GRANT SELECT, INSERT, UPDATE ON vault_parterasure TO portal_app;
-- No fingerprint but with its record: `store_records` writes both.
GRANT SELECT, UPDATE (content), DELETE ON vault_fingerprint TO portal_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON vault_record TO portal_vault_writer;
GRANT SELECT, INSERT, UPDATE ON vault_fingerprint TO portal_vault_writer;
