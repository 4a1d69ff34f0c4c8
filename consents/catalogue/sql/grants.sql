-- Promise 6 (consents/DESIGN.md): The running system is not the owner.
--
-- Exactly what the application may do with each table of this room.
REVOKE ALL ON catalogue_category, catalogue_field, catalogue_notice, catalogue_purpose, catalogue_purposeversion,
    catalogue_purposeversion_categories, catalogue_purposeversion_recipients, catalogue_purposeversion_writers,
    catalogue_recipient, catalogue_retirement FROM portal_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON catalogue_category, catalogue_field, catalogue_notice, catalogue_purpose,
    catalogue_purposeversion, catalogue_purposeversion_categories, catalogue_purposeversion_recipients,
    catalogue_purposeversion_writers, catalogue_recipient TO portal_app;
GRANT SELECT, INSERT, UPDATE ON catalogue_retirement TO portal_app;
