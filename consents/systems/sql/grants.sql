-- Promise 6 (consents/DESIGN.md): The running system is not the owner.
--
-- Exactly what the application may do with each table of this room. What a webhook says is said once: only how its
-- delivery goes on may change, and its seal be taken away.
REVOKE ALL ON systems_receiver, systems_webhook FROM portal_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON systems_receiver TO portal_app;
GRANT SELECT, INSERT, DELETE ON systems_webhook TO portal_app;
GRANT UPDATE (due_at, tries, error, delivered_at, given_up_at, sealed) ON systems_webhook TO portal_app;
