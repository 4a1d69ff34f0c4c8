-- Promise 6 (consents/DESIGN.md): The running system is not the owner.
--
-- Exactly what the application may do with each table of this room.
REVOKE ALL ON exemptions_exemption, exemptions_exemptedcategory, exemptions_delay FROM portal_app;
GRANT SELECT, INSERT, UPDATE ON exemptions_exemption TO portal_app;
GRANT SELECT, INSERT ON exemptions_exemptedcategory, exemptions_delay TO portal_app;
