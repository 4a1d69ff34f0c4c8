-- Promise 16 (consents/DESIGN.md): Nobody decides in their own matter.
--
-- No officer notes or lifts a conflict about a customer they act for. Filing and deciding an exemption, and delaying what
-- is told of it, check it themselves.
CREATE TRIGGER exemptions_entry_own_matter AFTER INSERT ON ledger_entry
    FOR EACH ROW WHEN (NEW.actor_kind = 'staff' AND NEW.object_type = 'conflict')
    EXECUTE FUNCTION refuse_own_matter('customer', 'actor');
