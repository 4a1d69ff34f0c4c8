-- Promise 6 (consents/DESIGN.md): The running system is not the owner.
--
-- Exactly what the application may do with each table of this room.
REVOKE ALL ON copies_collectioncode, copies_download, copies_package FROM portal_app;
GRANT SELECT, INSERT ON copies_download TO portal_app;
GRANT SELECT, INSERT, UPDATE ON copies_collectioncode, copies_package TO portal_app;
