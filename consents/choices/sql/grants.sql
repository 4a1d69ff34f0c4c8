-- Promise 6 (consents/DESIGN.md): The running system is not the owner.
--
-- Exactly what the application may do with each table of this room.
REVOKE ALL ON choices_choice, choices_digest, choices_mark FROM portal_app;
GRANT SELECT, UPDATE ON choices_mark TO portal_app;
GRANT SELECT, INSERT, UPDATE ON choices_choice TO portal_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON choices_digest TO portal_app;
GRANT INSERT (id, kind, request, placed_at, lift_announced_at, lifted_at, customer_id, purpose_id)
    ON choices_mark TO portal_app;
