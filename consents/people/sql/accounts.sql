-- Promise 11 (consents/DESIGN.md): Erasure is final, proof remains.
--
-- Who works here as what, and whose account is open, changes only now and on record. A closed account stays closed:
-- no later save of what was read before brings the person back.

CREATE FUNCTION refuse_change_of_closed_account() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    PERFORM portal.refuse('a closed account stays closed', TG_NAME);
END $$;
CREATE TRIGGER people_user_closed_stays BEFORE UPDATE ON people_user
    FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION refuse_change_of_closed_account();

-- An account is closed now, by an entry that names it: with its customer's erasure, when a restoration closes it again, or
-- by whoever signs in with it, where it leads to no record.
CREATE FUNCTION require_entry_for_closed_account() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT is_now(NEW.closed_at) OR NOT EXISTS (
        SELECT FROM ledger_entry AS e
        WHERE e.event IN ('customer.erased', 'account.closed', 'account.left')
          AND e.occurred_at >= now() + portal.clock_offset()
          AND e.details::jsonb -> 'accounts' ? NEW.id::text
          AND is_of_this_transaction(e.xmin)) THEN
        PERFORM portal.refuse('an account can only be closed now, with the ledger entry that names it', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER people_user_closed_on_record AFTER INSERT OR UPDATE ON people_user
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.closed_at IS NOT NULL AND session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_closed_account();

-- Nothing new for a closed account. The argument names the column with the account's id. Who closes an account waits for
-- what is being written for it (people.selectors.lock_users), and nobody else does: a lock of its row would hold up whoever
-- locks or renames the account while a form of its user waits for them. Accounts share 1,024 locks, in a space of their
-- own, so that a statement over many accounts takes no more than these.
CREATE FUNCTION refuse_for_closed_account() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    theirs CONSTANT uuid := to_jsonb(NEW) ->> TG_ARGV[0];
BEGIN
    -- Waits for a closing under way; the row as it is after that decides.
    PERFORM pg_advisory_xact_lock_shared(3, hashtext(theirs::text) & 1023);
    IF EXISTS (SELECT FROM people_user AS u WHERE u.id = theirs AND u.closed_at IS NOT NULL) THEN
        PERFORM portal.refuse('the account is closed', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER people_acting_not_of_closed BEFORE INSERT ON people_acting
    FOR EACH ROW EXECUTE FUNCTION refuse_for_closed_account('user_id');
CREATE TRIGGER people_evidence_not_of_closed BEFORE INSERT OR UPDATE ON people_evidence
    FOR EACH ROW EXECUTE FUNCTION refuse_for_closed_account('user');
CREATE TRIGGER account_emailaddress_not_of_closed BEFORE INSERT OR UPDATE ON account_emailaddress
    FOR EACH ROW EXECUTE FUNCTION refuse_for_closed_account('user_id');
CREATE TRIGGER mfa_authenticator_not_of_closed BEFORE INSERT OR UPDATE ON mfa_authenticator
    FOR EACH ROW EXECUTE FUNCTION refuse_for_closed_account('user_id');
CREATE TRIGGER socialaccount_socialaccount_not_of_closed BEFORE INSERT OR UPDATE ON socialaccount_socialaccount
    FOR EACH ROW EXECUTE FUNCTION refuse_for_closed_account('user_id');

-- Whom a provider has tied to an account stays: the tie is only hashed once more, on record, with a newer index key.
CREATE FUNCTION require_entry_for_rekeyed_tie() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF left(NEW.uid, 2) <= left(OLD.uid, 2) OR NOT is_on_record('ties', NULL, 'provider_ties.rekeyed', NULL, '{}') THEN
        PERFORM portal.refuse('a tie to a provider''s person is only hashed once more, with its ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER socialaccount_socialaccount_rekeyed AFTER UPDATE ON socialaccount_socialaccount
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION require_entry_for_rekeyed_tie();

-- Only a sign-up that was never finished is deleted, a day later: an account that was used, or closed, stays.
CREATE FUNCTION refuse_deletion_of_account() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    PERFORM portal.refuse('an account stays, unless its sign-up was never finished', TG_NAME);
END $$;
CREATE TRIGGER people_user_used_stays BEFORE DELETE ON people_user
    FOR EACH ROW WHEN ((OLD.last_login IS NOT NULL OR OLD.closed_at IS NOT NULL
                        OR OLD.date_joined > portal.now() - interval '1 day') AND session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_deletion_of_account();

-- Nor does one that was used become one that never was.
CREATE FUNCTION refuse_unused_again() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    PERFORM portal.refuse('when an account was made and that it was used cannot be changed', TG_NAME);
END $$;
CREATE TRIGGER people_user_stays_used BEFORE UPDATE ON people_user
    FOR EACH ROW WHEN ((NEW.date_joined <> OLD.date_joined
                        OR OLD.last_login IS NOT NULL AND NEW.last_login IS NULL AND NEW.closed_at IS NULL)
                       AND session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_unused_again();

-- A name stays as customers have read it.
CREATE FUNCTION refuse_change_of_name() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    PERFORM portal.refuse('a name that customers have read cannot be changed', TG_NAME);
END $$;
CREATE TRIGGER people_user_name_frozen BEFORE UPDATE ON people_user
    FOR EACH ROW WHEN ((NEW.first_name, NEW.last_name) IS DISTINCT FROM (OLD.first_name, OLD.last_name)
                       AND NEW.closed_at IS NULL AND session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_change_of_name();

-- A membership of staff begins now, ends now and may begin again; role and team are those of somebody who works here.
-- What officers may do rests on it.
CREATE FUNCTION refuse_change_of_staff_member() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT is_now(NEW.started_at) OR NEW.ended_at IS NOT NULL OR NEW.manager_id IS NOT NULL THEN
            PERFORM portal.refuse('a membership must begin now', TG_NAME);
        END IF;
    ELSIF NEW.manager_id IS DISTINCT FROM OLD.manager_id THEN  -- see managers.sql
        RETURN NEW;
    ELSIF to_jsonb(OLD) - ARRAY['role', 'team', 'ended_at'] IS DISTINCT FROM
          to_jsonb(NEW) - ARRAY['role', 'team', 'ended_at']
       OR NEW.ended_at IS NOT NULL AND (OLD.ended_at IS NOT NULL OR NOT is_now(NEW.ended_at)
                                        OR (OLD.role, OLD.team) IS DISTINCT FROM (NEW.role, NEW.team)) THEN
        PERFORM portal.refuse('a membership can only end now, begin again or change while it lasts', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER people_staffmember_frozen BEFORE INSERT OR UPDATE ON people_staffmember
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION refuse_change_of_staff_member();

-- A membership of staff begins, changes, ends and begins again with its ledger entry.
CREATE FUNCTION require_entry_for_staff_member() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT (CASE TG_OP
        WHEN 'INSERT' THEN is_on_record(NEW.user_id::text, NULL, 'staff.invited', NEW.role, '{}')
        ELSE CASE WHEN NEW.manager_id IS DISTINCT FROM OLD.manager_id THEN true  -- see managers.sql
            WHEN NEW.ended_at IS NOT NULL
            THEN is_on_record(NEW.user_id::text, NULL, 'staff.ended', NULL, '{}')
            ELSE is_on_record(NEW.user_id::text, NULL,
                              CASE WHEN OLD.ended_at IS NULL THEN 'staff.moved' ELSE 'staff.returned' END,
                              NEW.role, jsonb_build_object('team', NEW.team)) END END) THEN
        PERFORM portal.refuse('a membership can only begin, change or end with its ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER people_staffmember_on_record AFTER INSERT OR UPDATE ON people_staffmember
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_staff_member();

-- A team that is renamed, or left, is still known by its old name: a customer may have blocked it under that.
CREATE FUNCTION keep_former_team() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.former_teams := OLD.former_teams || to_jsonb(lower(btrim(OLD.team)));
    RETURN NEW;
END $$;
CREATE TRIGGER people_staffmember_keeps_teams BEFORE UPDATE ON people_staffmember
    FOR EACH ROW WHEN (NEW.team IS DISTINCT FROM OLD.team) EXECUTE FUNCTION keep_former_team();

-- An account is locked and unlocked by its own user, on record; the portal itself may lock it again.
CREATE FUNCTION require_entry_for_account_lock() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM ledger_entry AS e
        WHERE e.object = NEW.id::text
          AND e.occurred_at >= now() + portal.clock_offset()
          AND e.event = CASE WHEN NEW.locked_at IS NULL THEN 'account.unlocked' ELSE 'account.locked' END
          AND (e.actor = NEW.id::text OR e.actor_kind = 'portal' AND NEW.locked_at IS NOT NULL)
          AND is_of_this_transaction(e.xmin)) THEN
        PERFORM portal.refuse('an account can only be locked or unlocked by its user, with a ledger entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER people_user_lock_on_record AFTER UPDATE ON people_user DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.locked_at IS DISTINCT FROM NEW.locked_at AND session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_account_lock();

-- A locked account keeps its password: whoever reads its email would otherwise make the second way themself.
CREATE FUNCTION refuse_password_of_locked() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    PERFORM portal.refuse('a locked account keeps its password', TG_NAME);
END $$;
CREATE TRIGGER people_user_locked_keeps_password BEFORE UPDATE ON people_user
    FOR EACH ROW WHEN (OLD.locked_at IS NOT NULL AND NEW.password <> OLD.password AND NEW.closed_at IS NULL)
    EXECUTE FUNCTION refuse_password_of_locked();

-- What an officer does about a colleague: never about themselves, and an officer is made by two. The company's provider
-- and the command line act by an entry of their own kind.
CREATE FUNCTION require_second_officer_of_rank() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM ledger_entry AS e
        WHERE e.object = NEW.user_id::text
          AND e.occurred_at >= now() + portal.clock_offset()
          AND CASE WHEN TG_OP = 'INSERT' THEN e.event = 'staff.invited'
                   WHEN NEW.ended_at IS NOT NULL THEN e.event = 'staff.ended'
                   ELSE e.event IN ('staff.moved', 'staff.returned') AND e.outcome = NEW.role END
          AND e.actor_kind = 'staff'
          AND (e.actor = NEW.user_id::text
               OR NOT EXISTS (SELECT FROM people_staffmember AS o
                              WHERE o.user_id::text = e.actor AND o.ended_at IS NULL
                                AND o.role IN ('privacy_officer', 'compliance_officer'))
               OR NEW.ended_at IS NULL AND NEW.role <> 'requester'
                  AND (TG_OP = 'INSERT' OR OLD.role <> NEW.role OR OLD.ended_at IS NOT NULL)
                  AND NOT EXISTS (SELECT FROM people_staffproposal AS p
                                  WHERE p.member_id = NEW.user_id AND p.kind = 'role' AND p.role = NEW.role
                                    AND p.approved_by_id::text = e.actor AND is_now(p.approved_at)))) THEN
        PERFORM portal.refuse('an officer changes only colleagues, and two make an officer', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER people_staffmember_by_two AFTER INSERT OR UPDATE ON people_staffmember
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_second_officer_of_rank();
