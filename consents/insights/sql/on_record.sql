-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- Questions, insights and results are written together with their ledger entry, or not at all.

-- Arguments: the column with the id that the entry names, its event, and columns of the person in whose name it is, the
-- later one first.
CREATE FUNCTION require_entry_for_insight() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT is_on_record(to_jsonb(NEW) ->> TG_ARGV[0], NULL, TG_ARGV[1], NULL, '{}', coalesce(
            to_jsonb(NEW) ->> TG_ARGV[2], to_jsonb(NEW) ->> TG_ARGV[3])::uuid) THEN
        PERFORM portal.refuse('insights can only be recorded with their ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER insights_question_on_record AFTER INSERT OR UPDATE ON insights_question
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_insight('code', 'insight_question.%', 'retired_by_id', 'added_by_id');
CREATE CONSTRAINT TRIGGER insights_insight_on_record AFTER INSERT ON insights_insight
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_insight('id', 'insight.asked', 'asked_by_id');
CREATE CONSTRAINT TRIGGER insights_result_on_record AFTER INSERT ON insights_result
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_insight('insight_id', 'insight.answered');

-- The cells that a result holds when it is committed are those that its entry tells the digest of, one for each line.
CREATE FUNCTION require_entry_for_cell() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT is_on_record(NEW.result_id::text, NULL, 'insight.answered', NULL, jsonb_build_object('cells', (
            SELECT encode(sha256(convert_to(string_agg(concat_ws(E'\t', c.place, c.label, c.number), E'\n'
                                                       ORDER BY c.place), 'UTF8')), 'hex')
            FROM insights_cell AS c WHERE c.result_id = NEW.result_id))) THEN
        PERFORM portal.refuse('the cells of a result are those that its ledger entry names', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER insights_cell_on_record AFTER INSERT ON insights_cell
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_cell();
