-- Promise 4 (consents/DESIGN.md): No means no, at once.
--
-- A restriction, an objection or a limit stops use at once, and only ends on record.

-- The transaction that announced the end; the application can set neither this nor a moment of another time.
ALTER TABLE choices_mark ADD COLUMN announced_xid xid8;

-- A mark is placed now and only lifted, once; an end that staff bring about is announced first.
CREATE FUNCTION refuse_change_of_mark() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT is_now(NEW.placed_at) OR NEW.lift_announced_at IS NOT NULL OR NEW.lifted_at IS NOT NULL THEN
            PERFORM portal.refuse('a mark must be placed now and stand', TG_NAME);
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(OLD) - ARRAY['lift_announced_at', 'announced_xid', 'lifted_at'] IS DISTINCT FROM
       to_jsonb(NEW) - ARRAY['lift_announced_at', 'announced_xid', 'lifted_at']
       OR OLD.lifted_at IS NOT NULL
       OR NEW.lifted_at IS NOT NULL AND NOT is_now(NEW.lifted_at)
       OR NEW.lift_announced_at IS DISTINCT FROM OLD.lift_announced_at
          AND (OLD.lift_announced_at IS NOT NULL OR NOT is_now(NEW.lift_announced_at)) THEN
        PERFORM portal.refuse('a mark can only be announced to end and lifted, once each, now', TG_NAME);
    END IF;
    NEW.announced_xid := CASE WHEN NEW.lift_announced_at IS DISTINCT FROM OLD.lift_announced_at
                              THEN pg_current_xact_id() ELSE OLD.announced_xid END;
    RETURN NEW;
END $$;
CREATE TRIGGER choices_mark_frozen BEFORE INSERT OR UPDATE ON choices_mark
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_change_of_mark();

-- Is this move of the mark (`placed`, `lift_announced`, `lifted`) on record, by someone who may make it? Staff lift one
-- only after the customer was told, in an earlier transaction (GDPR Art 18(3)). A limit is the
-- customer's alone to end; when staff may end an objection, the room of rights checks. The portal itself may place one.
CREATE FUNCTION portal.mark_is_on_record(mark choices_mark, told text) RETURNS boolean LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT EXISTS (
    SELECT FROM ledger_entry AS e
    WHERE e.object = mark.id::text AND e.customer = mark.customer_id
      AND e.occurred_at >= now() + portal.clock_offset()
      AND e.event = mark.kind || '.' || told
      AND e.purpose = coalesce((SELECT p.code FROM catalogue_purpose AS p WHERE p.id = mark.purpose_id), '')
      AND CASE
          WHEN e.actor_kind IN ('customer', 'representative') THEN told <> 'lift_announced' AND EXISTS (
              SELECT FROM people_acting AS a
              WHERE a.customer_id = mark.customer_id AND a.user_id::text = e.actor
                AND a.starts_at <= portal.clock() AND (a.ends_at IS NULL OR a.ends_at > portal.clock()))
          WHEN e.actor_kind = 'staff' THEN pg_input_is_valid(e.actor, 'uuid')
              AND is_officer(e.actor::uuid, ARRAY['privacy_officer', 'compliance_officer'])
              AND (told = 'placed' OR mark.kind <> 'limit')
              AND (told <> 'lifted' OR mark.announced_xid <> pg_current_xact_id())
          WHEN e.actor_kind = 'portal' THEN told = 'placed'
          ELSE false END
      AND is_of_this_transaction(e.xmin))
$$;
GRANT EXECUTE ON FUNCTION portal.mark_is_on_record TO portal_app;

-- A mark moves with its ledger entry.
CREATE FUNCTION require_entry_for_mark() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NOT mark_is_on_record(NEW, 'placed')
       OR TG_OP = 'UPDATE' AND NEW.lift_announced_at IS DISTINCT FROM OLD.lift_announced_at
          AND NOT mark_is_on_record(NEW, 'lift_announced')
       OR TG_OP = 'UPDATE' AND NEW.lifted_at IS DISTINCT FROM OLD.lifted_at
          AND NOT mark_is_on_record(NEW, 'lifted') THEN
        PERFORM portal.refuse('a mark can only change with its ledger entry, by someone who may change it', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER choices_mark_on_record AFTER INSERT OR UPDATE ON choices_mark
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_mark();

-- No mark for an erased customer.
CREATE TRIGGER choices_mark_not_of_erased BEFORE INSERT ON choices_mark
    FOR EACH ROW EXECUTE FUNCTION refuse_for_erased_customer();

-- Does this use rest on a public task or on legitimate interests (GDPR Art 21(1)), or did it at some time since? No
-- other legal basis takes the place of it.
CREATE FUNCTION portal.may_be_objected_to(of_purpose bigint, since timestamptz) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT EXISTS (
    SELECT FROM catalogue_purposeversion AS v
    WHERE v.purpose_id = of_purpose AND v.published_at IS NOT NULL AND v.legal_basis IN ('A6-1-e', 'A6-1-f')
      AND NOT EXISTS (SELECT FROM catalogue_purposeversion AS n
                      WHERE n.purpose_id = v.purpose_id AND n.number > v.number AND n.published_at <= since))
$$;
GRANT EXECUTE ON FUNCTION portal.may_be_objected_to TO portal_app;

-- Does the mark cover this purpose? An objection that names none stops what may be objected to, and neither what a
-- contract or a law asks for nor what the customer agreed to. `about` and `placed`: purpose and moment of the mark.
CREATE FUNCTION portal.mark_covers(kind text, about bigint, placed timestamptz, of_purpose bigint) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT CASE WHEN about IS NOT NULL THEN coalesce(about = of_purpose, false)
            WHEN kind = 'objection' THEN may_be_objected_to(of_purpose, placed)
            ELSE true END
$$;
GRANT EXECUTE ON FUNCTION portal.mark_covers TO portal_app;
