"""An answer says that something was done only where it was: erased by an erasure, corrected by accepted values. And an
objection to direct marketing is done (GDPR Art 21(3)).

The owner of the database is not bound (see people/0002): that is how a past is made.
"""

from django.db import migrations

DONE = """
CREATE FUNCTION refuse_answer_not_done() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    -- How many values were proposed; the first entry of a request says it.
    proposed CONSTANT bigint := coalesce((
        SELECT (e.details::jsonb ->> 'proposals')::bigint FROM ledger_entry AS e
        WHERE e.object = NEW.id::text AND e.event = 'rights_request.filed' ORDER BY e.id LIMIT 1), 0);
    accepted CONSTANT bigint := (
        SELECT count(*) FROM rights_correction AS c WHERE c.request_id = NEW.id AND c.is_accepted);
BEGIN
    IF NEW.request_type IN ('A17', 'deletion') AND NEW.outcome = 'complied_whole'
       AND NOT EXISTS (SELECT FROM people_customer AS c WHERE c.id = NEW.customer_id AND c.erased_at IS NOT NULL)
       OR NEW.request_type IN ('A16', 'correction') AND NEW.outcome = 'complied_whole'
          AND accepted < greatest(proposed, 1)
       OR NEW.request_type IN ('A16', 'correction') AND NEW.outcome = 'complied_part' AND accepted = 0 THEN
        RAISE EXCEPTION 'an answer calls done only what was done'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.request_type = 'A21' AND NEW.outcome = 'denied'
       AND EXISTS (SELECT FROM catalogue_purposeversion AS v JOIN catalogue_purpose AS p ON p.id = v.purpose_id
                   WHERE NEW.scope ? p.code AND v.published_at IS NOT NULL
                     AND v.dpv_purpose IN ('dpv:Advertising', 'dpv:DirectMarketing', 'dpv:Marketing',
                         'dpv:PersonalisedAdvertising', 'dpv:TargetedAdvertising')
                     AND NOT EXISTS (SELECT FROM catalogue_purposeversion AS n
                                     WHERE n.purpose_id = v.purpose_id AND n.published_at IS NOT NULL
                                       AND n.number > v.number)) THEN
        RAISE EXCEPTION 'an objection to direct marketing is not refused'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER rights_rightsrequest_done AFTER INSERT OR UPDATE OF state ON rights_rightsrequest
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.state = 'answered' AND session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_answer_not_done();
ALTER TABLE rights_rightsrequest ENABLE ALWAYS TRIGGER rights_rightsrequest_done;
"""
BACK = """
DROP TRIGGER rights_rightsrequest_done ON rights_rightsrequest; DROP FUNCTION refuse_answer_not_done;
"""


class Migration(migrations.Migration):
    dependencies = [("rights", "0004_fulfilment_is_on_record")]
    operations = [migrations.RunSQL(DONE, BACK)]
