-- Promise 4 (consents/DESIGN.md): No means no, at once.
--
-- A customer's block of a person, of a team or of everybody refuses every ask and every look until the customer lifts it.

-- Does a block of this customer stop this member of staff? Asking, granting, the evaluator and the vault's door all ask
-- it. Whoever was in a team when it was renamed is still meant by its old name.
CREATE FUNCTION portal.is_blocked(of_customer uuid, member uuid) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
SELECT EXISTS (
    SELECT FROM access_block AS b
    WHERE b.customer_id = of_customer AND b.lifted_at IS NULL
      AND CASE b.kind
          WHEN 'everybody' THEN true
          WHEN 'member' THEN b.member_id = member
          ELSE EXISTS (SELECT FROM people_staffmember AS s
                       WHERE s.user_id = member
                         AND (lower(btrim(s.team)) = lower(btrim(b.team)) OR s.former_teams ? lower(btrim(b.team)))) END)
$$;
GRANT EXECUTE ON FUNCTION portal.is_blocked TO portal_app;

-- Whom the customer has blocked asks for nothing and gets no grant, in an emergency neither: only a legal duty passes.
CREATE FUNCTION refuse_for_blocked_member() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF is_blocked(NEW.customer_id, NEW.staff_id) THEN
        PERFORM portal.refuse('the customer has blocked this member of staff', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER access_accessrequest_not_blocked BEFORE INSERT ON access_accessrequest
    FOR EACH ROW EXECUTE FUNCTION refuse_for_blocked_member();
CREATE TRIGGER access_grant_not_blocked BEFORE INSERT ON access_grant
    FOR EACH ROW WHEN (NEW.ground <> 'legal_duty') EXECUTE FUNCTION refuse_for_blocked_member();

-- A block is placed now and only lifted, once.
CREATE FUNCTION refuse_change_of_block() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT is_now(NEW.placed_at) OR NEW.lifted_at IS NOT NULL THEN
            PERFORM portal.refuse('a block must be placed now and stand', TG_NAME);
        END IF;
    ELSIF to_jsonb(OLD) - 'lifted_at' IS DISTINCT FROM to_jsonb(NEW) - 'lifted_at'
       OR OLD.lifted_at IS NOT NULL OR NOT is_now(NEW.lifted_at) THEN
        PERFORM portal.refuse('a block can only be lifted, once, now', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER access_block_frozen BEFORE INSERT OR UPDATE ON access_block
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_change_of_block();

-- Only who acts for the customer places or lifts a block, on record; the portal itself may place one again.
CREATE FUNCTION require_entry_for_block() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    told CONSTANT text := CASE TG_OP WHEN 'INSERT' THEN 'block.placed' ELSE 'block.lifted' END;
BEGIN
    IF NOT EXISTS (
        SELECT FROM ledger_entry AS e
        WHERE e.object = NEW.id::text AND e.customer = NEW.customer_id
          AND e.occurred_at >= now() + portal.clock_offset()
          AND e.event = told AND e.outcome = NEW.kind
          AND e.details::jsonb ->> 'member' IS NOT DISTINCT FROM NEW.member_id::text
          AND coalesce(e.details::jsonb ->> 'team', '') = NEW.team
          AND CASE
              WHEN e.actor_kind IN ('customer', 'representative') THEN EXISTS (
                  SELECT FROM people_acting AS a
                  WHERE a.customer_id = NEW.customer_id AND a.user_id::text = e.actor
                    AND a.starts_at <= portal.clock() AND (a.ends_at IS NULL OR a.ends_at > portal.clock()))
              ELSE e.actor_kind = 'portal' AND told = 'block.placed' END
          AND is_of_this_transaction(e.xmin)) THEN
        PERFORM portal.refuse(
            'a block can only change with its ledger entry, by someone acting for the customer', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER access_block_on_record AFTER INSERT OR UPDATE ON access_block
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_block();

-- No block for an erased customer.
CREATE TRIGGER access_block_not_of_erased BEFORE INSERT ON access_block
    FOR EACH ROW EXECUTE FUNCTION refuse_for_erased_customer();
