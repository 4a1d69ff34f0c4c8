-- Promise 6 (consents/DESIGN.md): The running system is not the owner.
--
-- Exactly what the application may do with each table of this room.
REVOKE ALL ON copies_addedfile, copies_collectioncode, copies_download, copies_filechunk, copies_filedecision,
    copies_package FROM portal_app;
GRANT SELECT, INSERT ON copies_addedfile, copies_download, copies_filedecision TO portal_app;
GRANT SELECT, INSERT, DELETE ON copies_filechunk TO portal_app;
GRANT SELECT, INSERT, UPDATE ON copies_collectioncode, copies_package TO portal_app;
