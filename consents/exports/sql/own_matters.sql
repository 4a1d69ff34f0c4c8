-- Promise 16 (consents/DESIGN.md): Nobody decides in their own matter.
--
-- No officer opens the history of a customer they act for: it also tells what a law forbids to tell them yet.
CREATE TRIGGER exports_entry_own_matter AFTER INSERT ON ledger_entry
    FOR EACH ROW WHEN (NEW.actor_kind = 'staff' AND NEW.event = 'history.opened')
    EXECUTE FUNCTION refuse_own_matter('customer', 'actor');
