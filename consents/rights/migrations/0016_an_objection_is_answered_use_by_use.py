"""An objection is answered use by use: what is granted stands, the end of the rest is announced, and that alone staff
lift.

None of it refuses direct marketing (GDPR Art 21(3)). The owner of the database is not bound (see people/0002), but for
`mark_is_for_staff` and what stays of a request.
"""

from django.db import migrations

# The function of 0002 with more steps of a request that are set once.
FROZEN = """
CREATE OR REPLACE FUNCTION refuse_change_of_rights_request() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    appeals CONSTANT text[] := ARRAY['clocks', 'appeal_at', 'appeal_due_at', 'appeal_outcome', 'appeal_decided_at',
        'appeal_decided_by_id'];
    steps CONSTANT text[] := appeals || ARRAY['customer_id', 'verification_level', 'verification_requested_at',
        'verified_at', 'acknowledged_at', 'due_at', 'target_on', 'extended_to', 'extension_reason',
        'extension_notified_at', 'waiting_since', 'waiting_for', 'waited_days', 'state', 'handler_id',
        'handler_trained_on', 'responded_at', 'outcome', 'response_format', 'denial_reason', 'denial_metric_group',
        'denial_legal_basis', 'remedies_told', 'fee_amount', 'fee_currency', 'retain_until'{more}];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a request is kept' USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF to_jsonb(OLD) - steps IS DISTINCT FROM to_jsonb(NEW) - steps
       OR OLD.state = 'answered' AND to_jsonb(OLD) - appeals IS DISTINCT FROM to_jsonb(NEW) - appeals
       OR OLD.customer_id IS NOT NULL AND NEW.customer_id IS DISTINCT FROM OLD.customer_id
       OR OLD.acknowledged_at IS NOT NULL AND NEW.acknowledged_at IS DISTINCT FROM OLD.acknowledged_at
       OR OLD.verified_at IS NOT NULL AND (OLD.verification_level, OLD.verified_at)
                                          IS DISTINCT FROM (NEW.verification_level, NEW.verified_at)
       OR OLD.verification_requested_at IS NOT NULL
          AND NEW.verification_requested_at IS DISTINCT FROM OLD.verification_requested_at
       OR OLD.extended_to IS NOT NULL AND (OLD.extension_reason, OLD.extension_notified_at)
                                          IS DISTINCT FROM (NEW.extension_reason, NEW.extension_notified_at)
       OR OLD.appeal_at IS NOT NULL AND (OLD.appeal_at, OLD.appeal_due_at)
                                        IS DISTINCT FROM (NEW.appeal_at, NEW.appeal_due_at)
       OR OLD.appeal_outcome IN ('upheld', 'reversed') AND NEW.appeal_outcome <> OLD.appeal_outcome THEN
        RAISE EXCEPTION 'a request keeps its terms, each step is taken once, and an answer is final'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.clocks -> 'acknowledge' IS DISTINCT FROM OLD.clocks -> 'acknowledge'
       OR NEW.due_at = OLD.due_at AND NEW.waited_days = OLD.waited_days
          AND NEW.clocks -> 'answer' IS DISTINCT FROM OLD.clocks -> 'answer'
       OR NEW.extended_to IS NOT DISTINCT FROM OLD.extended_to AND NEW.waited_days = OLD.waited_days
          AND NEW.clocks -> 'extended' IS DISTINCT FROM OLD.clocks -> 'extended'
       OR NEW.appeal_due_at IS NOT DISTINCT FROM OLD.appeal_due_at
          AND NEW.clocks -> 'appeal' IS DISTINCT FROM OLD.clocks -> 'appeal' THEN
        RAISE EXCEPTION 'what a due day was computed from stays'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
"""
MORE = ", 'granted'"

FOR_STAFF = """
CREATE OR REPLACE FUNCTION mark_is_for_staff(mark choices_mark) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
SELECT mark.kind = 'restriction'
    OR mark.kind = 'objection'
       AND EXISTS (SELECT FROM rights_rightsrequest AS r WHERE r.id = mark.request AND {refused})
$$;
"""
# Also what goes on of one that was granted in part.
WHOLE_OR_PART = """(r.outcome = 'denied'
            OR r.outcome = 'complied_part'
               AND NOT EXISTS (SELECT FROM catalogue_purpose AS p
                               WHERE p.id = mark.purpose_id AND r.granted ? p.code))"""
WHOLE = "r.outcome = 'denied'"

PART = """
-- Codes of what is objected to: what it names, or all that may be.
CREATE FUNCTION rights_objected(scope jsonb) RETURNS SETOF text LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
SELECT p.code::text FROM catalogue_purpose AS p
WHERE scope ? p.code OR scope = '[]' AND p.retired_at IS NULL AND may_be_objected_to(p.id, portal_now())
$$;

CREATE FUNCTION refuse_objection_answered_otherwise() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    goes_on CONSTANT text[] := ARRAY(SELECT code FROM rights_objected(NEW.scope) AS code WHERE NOT NEW.granted ? code);
BEGIN
    IF NEW.outcome = 'complied_part'
       AND (goes_on = '{}' OR NEW.scope <> '[]' AND NOT NEW.scope @> NEW.granted
            OR EXISTS (SELECT FROM jsonb_array_elements_text(NEW.granted) AS code
                       WHERE NOT EXISTS (
                           SELECT FROM choices_mark AS m JOIN catalogue_purpose AS p ON p.id = m.purpose_id
                           WHERE m.request = NEW.id AND m.kind = 'objection' AND p.code = code
                             AND m.lifted_at IS NULL AND m.lift_announced_at IS NULL))
            OR EXISTS (SELECT FROM choices_mark AS m LEFT JOIN catalogue_purpose AS p ON p.id = m.purpose_id
                       WHERE m.request = NEW.id AND m.lifted_at IS NULL AND m.lift_announced_at IS NULL
                         AND NOT NEW.granted ? coalesce(p.code, '')))
       AND NOT EXISTS (SELECT FROM people_customer AS c WHERE c.id = NEW.customer_id AND c.erased_at IS NOT NULL) THEN
        RAISE EXCEPTION 'of an objection granted in part it holds which uses stop, and the end of the rest is announced'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF EXISTS (SELECT FROM catalogue_purposeversion AS v JOIN catalogue_purpose AS p ON p.id = v.purpose_id
               WHERE p.code = ANY (goes_on) AND v.published_at IS NOT NULL
                 AND v.dpv_purpose IN ('dpv:Advertising', 'dpv:DirectMarketing', 'dpv:Marketing',
                     'dpv:PersonalisedAdvertising', 'dpv:TargetedAdvertising')
                 AND NOT EXISTS (SELECT FROM catalogue_purposeversion AS n
                                 WHERE n.purpose_id = v.purpose_id AND n.published_at IS NOT NULL
                                   AND n.number > v.number)) THEN
        RAISE EXCEPTION 'an objection to direct marketing is not refused, whole or in part'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER rights_rightsrequest_use_by_use AFTER UPDATE OF state ON rights_rightsrequest
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.request_type = 'A21' AND NEW.outcome IN ('denied', 'complied_part')
                       AND session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_objection_answered_otherwise();
ALTER TABLE rights_rightsrequest ENABLE ALWAYS TRIGGER rights_rightsrequest_use_by_use;
"""
BACK = """
DROP TRIGGER rights_rightsrequest_use_by_use ON rights_rightsrequest; DROP FUNCTION refuse_objection_answered_otherwise;
DROP FUNCTION rights_objected;
"""


class Migration(migrations.Migration):
    dependencies = [("rights", "0015_objections_in_part"), ("choices", "0009_an_objection_has_its_grounds")]
    operations = [
        migrations.RunSQL(FROZEN.format(more=MORE), FROZEN.format(more="")),
        migrations.RunSQL(FOR_STAFF.format(refused=WHOLE_OR_PART), FOR_STAFF.format(refused=WHOLE)),
        migrations.RunSQL(PART, BACK),
    ]
