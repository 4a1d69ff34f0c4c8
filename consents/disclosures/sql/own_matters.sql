-- Promise 16 (consents/DESIGN.md): Nobody decides in their own matter.
--
-- No officer reads what was written in the report of a look at a customer they act for; who decides it is looked at where
-- it is decided (require_entry_for_look_report).
CREATE TRIGGER disclosures_entry_own_matter AFTER INSERT ON ledger_entry
    FOR EACH ROW WHEN (NEW.actor_kind = 'staff' AND NEW.event = 'look_report.words_read')
    EXECUTE FUNCTION refuse_own_matter('customer', 'actor');
