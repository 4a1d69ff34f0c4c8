-- Promise 16 (consents/DESIGN.md): Nobody decides in their own matter.
--
-- No officer places, announces to lift or lifts a mark of a customer they act for. The entry alone names the officer.
CREATE TRIGGER choices_entry_own_matter AFTER INSERT ON ledger_entry
    FOR EACH ROW WHEN (NEW.actor_kind = 'staff' AND NEW.object_type = 'mark')
    EXECUTE FUNCTION refuse_own_matter('customer', 'actor');
