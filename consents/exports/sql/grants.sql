-- Promise 6 (consents/DESIGN.md): The running system is not the owner.
--
-- Exactly what the application may do with each table of this room.
REVOKE ALL ON exports_approval, exports_export, exports_exportresult FROM portal_app;
GRANT SELECT, INSERT ON exports_approval, exports_export, exports_exportresult TO portal_app;
