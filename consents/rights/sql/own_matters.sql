-- Promise 16 (consents/DESIGN.md): Nobody decides in their own matter.
--
-- No officer works on a request of a customer they act for: neither types it in nor takes it, checks who asks, searches,
-- asks, waits, extends, answers, or decides about it again. Steps that name no officer have one in their entry.
CREATE TRIGGER rights_entry_own_matter AFTER INSERT ON ledger_entry
    FOR EACH ROW WHEN (NEW.actor_kind = 'staff' AND NEW.event LIKE 'rights_request.%')
    EXECUTE FUNCTION refuse_own_matter('customer', 'actor');
CREATE TRIGGER rights_answerdispatch_own_matter AFTER INSERT ON rights_answerdispatch
    FOR EACH ROW EXECUTE FUNCTION refuse_own_matter('customer_id', 'sent_by_id');
CREATE TRIGGER rights_appealdecision_own_matter AFTER INSERT ON rights_appealdecision
    FOR EACH ROW EXECUTE FUNCTION refuse_own_matter('customer_id', 'decided_by_id');
CREATE TRIGGER rights_assignment_own_matter AFTER INSERT ON rights_assignment
    FOR EACH ROW EXECUTE FUNCTION refuse_own_matter('customer_id', 'officer_id');
CREATE TRIGGER rights_clarification_own_matter AFTER INSERT ON rights_clarification
    FOR EACH ROW EXECUTE FUNCTION refuse_own_matter('customer_id', 'asked_by_id');
CREATE TRIGGER rights_correction_own_matter AFTER INSERT ON rights_correction
    FOR EACH ROW EXECUTE FUNCTION refuse_own_matter('customer_id', 'decided_by_id');
CREATE TRIGGER rights_mention_own_matter AFTER INSERT ON rights_mention
    FOR EACH ROW EXECUTE FUNCTION refuse_own_matter('customer_id', 'colleague_id');
CREATE TRIGGER rights_note_own_matter AFTER INSERT ON rights_note
    FOR EACH ROW EXECUTE FUNCTION refuse_own_matter('customer_id', 'written_by_id');
CREATE TRIGGER rights_redaction_own_matter AFTER INSERT OR UPDATE ON rights_redaction
    FOR EACH ROW EXECUTE FUNCTION refuse_own_matter('customer_id', 'proposed_by_id', 'decided_by_id');
CREATE TRIGGER rights_recipientnotice_own_matter AFTER INSERT ON rights_recipientnotice
    FOR EACH ROW EXECUTE FUNCTION refuse_own_matter('customer_id', 'told_by_id');
CREATE TRIGGER rights_search_own_matter AFTER INSERT ON rights_search
    FOR EACH ROW EXECUTE FUNCTION refuse_own_matter('customer_id', 'searched_by_id');
