"""An erasure takes what was shown to ask for its customer: a fixed word stays, and nothing else may be put there. And
what was taken back is not late.
"""

from django.db import migrations

PROOFS = """
CREATE FUNCTION rights_forgets_proof(old rights_rightsrequest, new rights_rightsrequest) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
AS $$
SELECT old.agent_proof <> '' AND new.agent_proof = 'erased'
   AND to_jsonb(old) - 'agent_proof' = to_jsonb(new) - 'agent_proof'
   AND EXISTS (SELECT FROM people_customer AS c WHERE c.id = new.customer_id AND c.erased_at IS NOT NULL)
$$;
DROP TRIGGER rights_rightsrequest_frozen ON rights_rightsrequest;
CREATE TRIGGER rights_rightsrequest_frozen BEFORE UPDATE ON rights_rightsrequest
    FOR EACH ROW WHEN (NOT rights_forgets_proof(OLD, NEW)) EXECUTE FUNCTION refuse_change_of_rights_request();
ALTER TABLE rights_rightsrequest ENABLE ALWAYS TRIGGER rights_rightsrequest_frozen;
"""
BACK = """
DROP TRIGGER rights_rightsrequest_frozen ON rights_rightsrequest;
CREATE TRIGGER rights_rightsrequest_frozen BEFORE UPDATE ON rights_rightsrequest
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_rights_request();
ALTER TABLE rights_rightsrequest ENABLE ALWAYS TRIGGER rights_rightsrequest_frozen;
DROP FUNCTION rights_forgets_proof;
"""
LATE = """
CREATE OR REPLACE FUNCTION refuse_late_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM rights_rightsrequest AS r
        WHERE r.id = NEW.request_id AND r.waiting_since IS NULL AND NEW.due_at = coalesce(r.extended_to, r.due_at)
          AND coalesce(r.responded_at, portal_now()) > NEW.due_at AND is_now(NEW.noted_at){not_taken_back}
          AND ledger_tells_now(r.id::text, r.customer_id, 'rights_request.late', NULL, '{{}}')) THEN
        RAISE EXCEPTION 'late is what has passed its day, and on record'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
"""
NOT_TAKEN_BACK = " AND r.outcome <> 'withdrawn_by_requester'"


class Migration(migrations.Migration):
    dependencies = [("rights", "0008_law_is_a_provision")]
    operations = [
        migrations.RunSQL(PROOFS, BACK),
        migrations.RunSQL(LATE.format(not_taken_back=NOT_TAKEN_BACK), LATE.format(not_taken_back="")),
    ]
