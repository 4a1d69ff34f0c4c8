-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- What customers are told of a breach is written by one officer and agreed to by another, in words and for people that do
-- not change in between (GDPR Art 34).

CREATE TRIGGER breaches_announcement_in_time BEFORE INSERT ON breaches_announcement
    FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION check_breach_step('proposed_by_id', 'proposed_at');

-- It begins undecided, is decided once, now, and done once everybody has been told who was not erased meanwhile.
CREATE FUNCTION refuse_change_of_announcement() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    decision CONSTANT text[] := ARRAY['is_agreed', 'decided_by_id', 'decided_at'];
BEGIN
    IF TG_OP = 'DELETE'
       OR TG_OP = 'INSERT' AND (NEW.decided_at IS NOT NULL OR NEW.done_at IS NOT NULL)
       OR TG_OP = 'UPDATE' AND NOT (CASE
              WHEN OLD.decided_at IS NULL THEN
                  to_jsonb(OLD) - decision = to_jsonb(NEW) - decision AND is_now(NEW.decided_at)
                  AND is_officer(NEW.decided_by_id, ARRAY['privacy_officer', 'compliance_officer'])
              WHEN OLD.done_at IS NULL THEN
                  to_jsonb(OLD) - 'done_at' = to_jsonb(NEW) - 'done_at' AND is_now(NEW.done_at)
                  AND NOT EXISTS (SELECT FROM breaches_breachnotice AS n JOIN people_customer AS c ON c.id = n.customer_id
                                  WHERE n.announcement_id = NEW.id AND n.told_at IS NULL AND c.erased_at IS NULL)
                  AND (NEW.scope = 'listed' OR NOT EXISTS (
                      SELECT FROM people_customer AS c
                      WHERE c.erased_at IS NULL AND c.created_at <= NEW.proposed_at
                        AND NOT EXISTS (SELECT FROM breaches_breachnotice AS n
                                        WHERE n.announcement_id = NEW.id AND n.customer_id = c.id)))
              ELSE false END) THEN
        PERFORM portal.refuse('an announcement is decided once and done once, and nothing else of it changes', TG_NAME);
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER breaches_announcement_frozen BEFORE INSERT OR UPDATE OR DELETE ON breaches_announcement
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_change_of_announcement();

CREATE FUNCTION require_entry_for_announcement() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    step CONSTANT text := CASE WHEN TG_OP = 'INSERT' THEN 'breach.announcement_proposed'
                               WHEN NEW.done_at IS NULL THEN 'breach.announcement_decided'
                               ELSE 'breach.announcement_done' END;
BEGIN
    IF NOT EXISTS (
        SELECT FROM ledger_entry AS e
        WHERE e.object = NEW.breach_id::text AND e.customer IS NULL AND e.event = step
          AND e.details::jsonb ->> 'announcement' = NEW.id::text
          AND CASE step
              WHEN 'breach.announcement_proposed' THEN
                  e.actor_kind = 'staff' AND e.actor = NEW.proposed_by_id::text AND e.outcome = NEW.scope
              WHEN 'breach.announcement_decided' THEN
                  e.actor_kind = 'staff' AND e.actor = NEW.decided_by_id::text
                  AND e.outcome = CASE WHEN NEW.is_agreed THEN 'agreed' ELSE 'refused' END
              ELSE true END
          AND e.occurred_at >= now() + portal.clock_offset()
          AND is_of_this_transaction(e.xmin)) THEN
        PERFORM portal.refuse(
            'an announcement needs the ledger entry of its step, by the officer who took it', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER breaches_announcement_on_record AFTER INSERT OR UPDATE ON breaches_announcement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_announcement();

-- The words come with it.
CREATE FUNCTION refuse_late_announcement_text() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM breaches_announcement AS a
                   WHERE a.id = NEW.announcement_id AND a.decided_at IS NULL AND is_of_this_transaction(a.xmin)) THEN
        PERFORM portal.refuse('the words of an announcement come with it', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER breaches_announcementtext_when_proposed BEFORE INSERT ON breaches_announcementtext
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_late_announcement_text();

-- Who is on a list comes with it, too; of an announcement to everybody, until it is done. Each is told once, when it was
-- agreed to, and may then say once that they have read it.
CREATE FUNCTION refuse_change_of_breach_notice() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE'
       OR TG_OP = 'INSERT' AND (NEW.told_at IS NOT NULL OR NEW.read_at IS NOT NULL OR NOT EXISTS (
              SELECT FROM breaches_announcement AS a
              WHERE a.id = NEW.announcement_id
                AND CASE a.scope WHEN 'listed' THEN a.decided_at IS NULL AND is_of_this_transaction(a.xmin)
                                 ELSE a.is_agreed AND a.done_at IS NULL END))
       OR TG_OP = 'UPDATE' AND NOT (CASE
              WHEN OLD.told_at IS NULL THEN
                  to_jsonb(OLD) - 'told_at' = to_jsonb(NEW) - 'told_at' AND is_now(NEW.told_at)
                  AND EXISTS (SELECT FROM breaches_announcement AS a WHERE a.id = NEW.announcement_id AND a.is_agreed)
              WHEN OLD.read_at IS NULL THEN
                  to_jsonb(OLD) - 'read_at' = to_jsonb(NEW) - 'read_at' AND is_now(NEW.read_at)
              ELSE false END) THEN
        PERFORM portal.refuse(
            'a customer is listed with the announcement, told once it is agreed to, and reads it once', TG_NAME);
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER breaches_breachnotice_frozen BEFORE INSERT OR UPDATE OR DELETE ON breaches_breachnotice
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_change_of_breach_notice();

CREATE FUNCTION require_entry_for_breach_notice() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    of_announcement CONSTANT breaches_announcement := (
        SELECT a FROM breaches_announcement AS a WHERE a.id = NEW.announcement_id);
BEGIN
    IF NOT (CASE
        WHEN TG_OP = 'UPDATE' THEN
            is_on_record(
                NEW.id::text, NEW.customer_id, CASE WHEN NEW.read_at IS NULL THEN 'breach.told' ELSE 'breach.read' END,
                NULL, jsonb_build_object('breach', of_announcement.breach_id))
            AND (NEW.read_at IS NULL OR customer_tells_now(NEW.id::text, NEW.customer_id, 'breach.read'))
        ELSE is_on_record(
            of_announcement.breach_id::text, NULL,
            CASE of_announcement.scope WHEN 'listed' THEN 'breach.announcement_proposed'
                                       ELSE 'breach.customers_listed' END,
            NULL, jsonb_build_object('announcement', of_announcement.id)) END) THEN
        PERFORM portal.refuse(
            'a customer is listed, told and reads it with the ledger entry, their own of the reading', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER breaches_breachnotice_on_record AFTER INSERT OR UPDATE ON breaches_breachnotice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_breach_notice();
