-- Promise 6 (consents/DESIGN.md): The running system is not the owner.
--
-- Exactly what the application may do with each table of this room.
REVOKE ALL ON ledger_chainhead, ledger_checkpoint, ledger_entry, ledger_leaf, ledger_restoration, ledger_unjournalled
    FROM portal_app;
GRANT SELECT ON ledger_chainhead, ledger_entry, ledger_restoration TO portal_app;
GRANT SELECT, DELETE ON ledger_unjournalled TO portal_app;
GRANT SELECT, INSERT ON ledger_leaf TO portal_app;
GRANT SELECT ON ledger_checkpoint TO portal_app;
GRANT INSERT (size, root, frontier, note) ON ledger_checkpoint TO portal_app;
REVOKE ALL ON SEQUENCE ledger_entry_id_seq FROM portal_app;
