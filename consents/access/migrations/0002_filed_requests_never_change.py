"""A filed request never changes but for how it ends, ends once, and two live grants never overlap."""

from django.db import migrations

from consents.core.append_only import append_only

FORWARD = """
CREATE FUNCTION refuse_change_of_filed_request() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a filed request is kept' USING ERRCODE = 'restrict_violation';
    END IF;
    IF to_jsonb(OLD) - ARRAY['state', 'ended_at', 'may_ask_again_at']
       IS DISTINCT FROM to_jsonb(NEW) - ARRAY['state', 'ended_at', 'may_ask_again_at'] THEN
        RAISE EXCEPTION 'a filed request never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state <> 'pending' AND (OLD.state, OLD.ended_at) IS DISTINCT FROM (NEW.state, NEW.ended_at) THEN
        RAISE EXCEPTION 'a request ends once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER access_accessrequest_frozen BEFORE UPDATE OR DELETE ON access_accessrequest
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_filed_request();
ALTER TABLE access_accessrequest ENABLE ALWAYS TRIGGER access_accessrequest_frozen;

CREATE FUNCTION refuse_change_of_grant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a grant is kept' USING ERRCODE = 'restrict_violation';
    END IF;
    IF to_jsonb(OLD) - ARRAY['ended_at', 'end'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['ended_at', 'end']
       OR OLD.ended_at IS NOT NULL THEN
        RAISE EXCEPTION 'a grant only ends, once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER access_grant_frozen BEFORE UPDATE OR DELETE ON access_grant
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_grant();
ALTER TABLE access_grant ENABLE ALWAYS TRIGGER access_grant_frozen;

CREATE TYPE uuidrange AS RANGE (subtype = uuid);
ALTER TABLE access_grant ADD CONSTRAINT access_grant_no_overlap EXCLUDE USING gist (
    uuidrange(staff_id, staff_id, '[]') WITH &&,
    uuidrange(customer_id, customer_id, '[]') WITH &&,
    int8range(category_id, category_id, '[]') WITH &&,
    int8range(purpose_id, purpose_id, '[]') WITH &&,
    tstzrange(starts_at, least(ended_at, ends_at)) WITH &&
);
REVOKE DELETE ON access_accessrequest, access_grant FROM portal_app;
"""

BACK = """
ALTER TABLE access_grant DROP CONSTRAINT access_grant_no_overlap;
DROP TYPE uuidrange;
DROP TRIGGER access_grant_frozen ON access_grant; DROP FUNCTION refuse_change_of_grant;
DROP TRIGGER access_accessrequest_frozen ON access_accessrequest; DROP FUNCTION refuse_change_of_filed_request;
GRANT DELETE ON access_accessrequest, access_grant TO portal_app;
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0001_initial"), ("core", "0001_clock_and_refuse_change")]
    operations = [
        migrations.RunSQL(FORWARD, BACK),
        append_only("access_requestedcategory"),
        append_only("access_answer"),
    ]
