-- Promise 1 (consents/DESIGN.md): No answer is a no.
--
-- What the holders of a shared account must agree to together, none of them decides alone.

-- Have all holders said yes to this, but for the one who says it now? Where their contract asks for the yes of all, and
-- as long as they hold the account. A yes to a text counts for 30 days, and in the transaction that ends it a last time.
CREATE FUNCTION portal.has_every_yes(of_customer uuid, of_matter text, of_object text, saying text) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, portal, public, pg_temp
AS $$
WITH holder AS (
    SELECT a.user_id FROM people_acting AS a
    WHERE a.customer_id = of_customer AND a.capacity IN ('self', 'holder') AND a.ends_at IS NULL)
SELECT (SELECT count(*) FROM holder) < 2
    OR EXISTS (SELECT FROM people_customer AS c WHERE c.id = of_customer AND c.yes_of = 'any')
    OR NOT EXISTS (
        SELECT FROM holder AS h
        WHERE h.user_id::text <> saying
          AND NOT EXISTS (SELECT FROM people_jointassent AS s
                          WHERE s.customer_id = of_customer AND s.matter = of_matter AND s.object = of_object
                            AND s.given_by_id = h.user_id AND (s.ended_at IS NULL OR is_of_this_transaction(s.xmin))
                            AND (s.matter <> 'joint_consent' OR s.given_at > portal.now() - interval '30 days')))
$$;
GRANT EXECUTE ON FUNCTION portal.has_every_yes TO portal_app;

-- A holder's yes is given now, never changes, and ends once.
CREATE FUNCTION refuse_change_of_joint_assent() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT is_now(NEW.given_at) OR NEW.ended_at IS NOT NULL THEN
            PERFORM portal.refuse('a holder''s yes must be given now, without an end', TG_NAME);
        END IF;
    ELSIF to_jsonb(OLD) - 'ended_at' IS DISTINCT FROM to_jsonb(NEW) - 'ended_at'
       OR OLD.ended_at IS NOT NULL OR NOT is_now(NEW.ended_at) THEN
        PERFORM portal.refuse('a holder''s yes can only end, now and once', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER people_jointassent_frozen BEFORE INSERT OR UPDATE ON people_jointassent
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_change_of_joint_assent();

-- It is by a holder of the account, and on record in their name.
CREATE FUNCTION require_entry_for_joint_assent() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM ledger_entry AS e
        JOIN people_acting AS a ON a.customer_id = NEW.customer_id AND a.user_id = NEW.given_by_id
        WHERE e.object = NEW.object AND e.customer = NEW.customer_id AND e.actor = NEW.given_by_id::text
          AND e.occurred_at >= now() + portal.clock_offset() AND e.event LIKE NEW.matter || '.%'
          AND e.details::jsonb @> jsonb_build_object('assent', NEW.id)
          AND a.capacity IN ('self', 'holder') AND a.ends_at IS NULL
          AND is_of_this_transaction(e.xmin)) THEN
        PERFORM portal.refuse('a holder''s yes must be by a holder of the account, and on record', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER people_jointassent_on_record AFTER INSERT ON people_jointassent
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_joint_assent();
