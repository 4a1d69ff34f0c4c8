-- Promise 6 (consents/DESIGN.md): The running system is not the owner.
--
-- Exactly what the application may do with each table of this room.
REVOKE ALL ON notifications_failingaddress, notifications_message, notifications_preference,
    notifications_staffpreference FROM portal_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON notifications_failingaddress, notifications_message, notifications_preference
    TO portal_app;
GRANT SELECT, INSERT, UPDATE ON notifications_staffpreference TO portal_app;
