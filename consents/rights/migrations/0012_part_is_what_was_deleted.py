"""A deletion is called done in part only where an erasure of part was carried out for it, and rests on the same law; of
some kinds alone it is done whole when all of them are gone. Copies made before, and what was proposed for a kind that
is gone, go with it.

The functions of 0005, 0007, 0004 and 0002, each with one way more. The owner of the database is not bound (see
people/0002), but for words.
"""

from django.db import migrations

DONE = """
CREATE OR REPLACE FUNCTION refuse_answer_not_done() RETURNS trigger LANGUAGE plpgsql
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
       {of_part}
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
"""
# All that was asked is gone or kept by law: of everything, all kinds there are.
OF_PART = """AND NOT EXISTS (SELECT FROM vault_parterasure AS e
                       WHERE e.request = NEW.id AND e.customer_id = NEW.customer_id AND e.done_at IS NOT NULL
                         AND e.kept = '[]' AND NEW.scope <> '[]' AND e.deleted @> NEW.scope)
       OR NEW.request_type IN ('A17', 'deletion') AND NEW.outcome = 'complied_part'
          AND NOT EXISTS (SELECT FROM vault_parterasure AS e
                          WHERE e.request = NEW.id AND e.customer_id = NEW.customer_id AND e.done_at IS NOT NULL
                            AND e.kept <> '[]' AND NEW.denial_reason = 'legal_restriction'
                            AND NEW.denial_legal_basis = e.law AND e.deleted || e.kept @> NEW.scope
                            AND (NEW.scope <> '[]'
                                 OR NOT EXISTS (SELECT FROM catalogue_category AS k
                                                WHERE NOT e.deleted || e.kept ? k.code)))"""

EFFECT = """
CREATE OR REPLACE FUNCTION refuse_answer_without_effect() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NEW.request_type IN ('A18', 'A21') AND NEW.outcome IN ('complied_whole', 'complied_part')
       AND NOT EXISTS (SELECT FROM choices_mark AS m WHERE m.request = NEW.id AND m.lifted_at IS NULL)
       AND NOT EXISTS (SELECT FROM people_customer AS c WHERE c.id = NEW.customer_id AND c.erased_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a pause or an objection that is granted stands'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NEW.request_type IN ('A17', 'deletion')
       AND (EXISTS (SELECT FROM people_erasure AS e WHERE e.customer_id = NEW.customer_id AND e.reason = 'requested'
                    AND e.done_at IS NULL AND e.cancelled_at IS NULL){of_part}) THEN
        RAISE EXCEPTION 'with the request goes what was proposed to fulfil it'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
"""
PROPOSED = """
            OR EXISTS (SELECT FROM vault_parterasure AS e
                       WHERE e.request = NEW.id AND e.done_at IS NULL AND e.cancelled_at IS NULL)"""

REQUESTED = """
CREATE FUNCTION refuse_part_erasure_of_no_request() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM rights_rightsrequest AS r
                   WHERE r.id = NEW.request AND r.customer_id = NEW.customer_id AND r.state <> 'answered'
                     AND r.request_type IN ('A17', 'deletion') AND r.verified_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a part is erased for an open request to delete, of somebody known'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
-- Before the act: the answer comes in the same transaction.
CREATE TRIGGER vault_parterasure_requested BEFORE INSERT OR UPDATE OF done_at ON vault_parterasure
    FOR EACH ROW WHEN (session_user <> 'portal_owner' AND NEW.original IS NULL AND NEW.cancelled_at IS NULL)
    EXECUTE FUNCTION refuse_part_erasure_of_no_request();
ALTER TABLE vault_parterasure ENABLE ALWAYS TRIGGER vault_parterasure_requested;
"""

PACKAGES = """
CREATE OR REPLACE FUNCTION refuse_other_package() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    theirs CONSTANT uuid := (SELECT r.customer_id FROM rights_rightsrequest AS r WHERE r.id = NEW.request_id);
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT is_now(NEW.made_at) OR NEW.ends_at <> NEW.made_at + interval '14 days' OR NEW.removed_at IS NOT NULL
           OR NOT rights_may_copy(NEW.request_id::text, theirs){made} THEN
            RAISE EXCEPTION 'a package is made now, for two weeks, for a request that was granted'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(OLD) - ARRAY['sealed_page', 'sealed_data', 'removed_at']
       IS DISTINCT FROM to_jsonb(NEW) - ARRAY['sealed_page', 'sealed_data', 'removed_at']
       OR OLD.removed_at IS NOT NULL OR NOT is_now(NEW.removed_at)
       OR NOT (OLD.ends_at <= portal_now(){removed}
               OR EXISTS (SELECT FROM people_customer AS c WHERE c.id = theirs AND c.erased_at IS NOT NULL)) THEN
        RAISE EXCEPTION 'a package only goes, when its time is over or with its customer'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
"""
# Not from a reading of before: what was deleted since is not to come back by a copy.
MADE = """
           OR EXISTS (SELECT FROM vault_parterasure AS p
                      WHERE p.customer_id = theirs AND p.done_at IS NOT NULL
                        AND NOT EXISTS (SELECT FROM ledger_entry AS e
                                        WHERE e.customer = theirs AND e.event = 'vault.own_copy'
                                          AND e.occurred_at > p.done_at
                                          AND e.details::jsonb @> jsonb_build_object('request', NEW.request_id)))"""
REMOVED = """
               OR EXISTS (SELECT FROM vault_parterasure AS p
                          WHERE p.customer_id = theirs AND p.done_at >= OLD.made_at)"""

WORDS = """
CREATE OR REPLACE FUNCTION refuse_change_of_words() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.is_theirs OR NOT NEW.is_theirs OR (OLD.id, OLD.request_id, OLD.kind) IS DISTINCT FROM
                                                 (NEW.id, NEW.request_id, NEW.kind)
           OR NOT EXISTS (SELECT FROM rights_rightsrequest AS r
                          WHERE r.id = NEW.request_id AND r.customer_id IS NOT NULL) THEN
            RAISE EXCEPTION 'words are sealed anew once, for their customer'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
        END IF;
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT FROM rights_rightsrequest AS r LEFT JOIN people_customer AS c ON c.id = r.customer_id
        WHERE r.id = OLD.request_id AND (c.erased_at IS NOT NULL OR r.retain_until < portal_now()::date{of_part})) THEN
        RAISE EXCEPTION 'words go with their customer, or when their time is over'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN OLD;
END $$;
"""
PROPOSALS = """
               OR OLD.kind = 'asked' AND r.request_type IN ('A16', 'correction') AND r.scope <> '[]'
                  AND EXISTS (SELECT FROM vault_parterasure AS e
                              WHERE e.customer_id = r.customer_id AND e.done_at IS NOT NULL AND e.deleted @> r.scope)"""


class Migration(migrations.Migration):
    dependencies = [
        ("rights", "0011_codes_are_on_record"),
        ("vault", "0008_part_goes_by_two_officers"),
    ]
    operations = [
        migrations.RunSQL(DONE.format(of_part=OF_PART), DONE.format(of_part="")),
        migrations.RunSQL(EFFECT.format(of_part=PROPOSED), EFFECT.format(of_part="")),
        migrations.RunSQL(
            REQUESTED,
            "DROP TRIGGER vault_parterasure_requested ON vault_parterasure;"
            " DROP FUNCTION refuse_part_erasure_of_no_request;",
        ),
        migrations.RunSQL(PACKAGES.format(made=MADE, removed=REMOVED), PACKAGES.format(made="", removed="")),
        migrations.RunSQL(WORDS.format(of_part=PROPOSALS), WORDS.format(of_part="")),
    ]
