-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- Nothing is dated back or ahead.

-- A request is filed now, and ends now or at its answer-by moment.
CREATE FUNCTION check_request_moments() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT is_now(NEW.filed_at) OR NEW.state <> 'pending' OR NEW.may_ask_again_at IS NOT NULL
           OR NEW.extra_time <> interval '0' OR NEW.remind_at IS NOT NULL THEN
            PERFORM portal.refuse('a new request must be filed now and pending', TG_NAME);
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.ended_at IS DISTINCT FROM OLD.ended_at AND NOT is_now(NEW.ended_at)
          AND NOT (NEW.state = 'expired' AND NEW.ended_at = NEW.answer_by)
       OR NEW.state = 'expired' AND NEW.answer_by > portal.clock() THEN
        PERFORM portal.refuse('a request must end now or at its answer-by moment', TG_NAME);
    END IF;
    IF NEW.may_ask_again_at IS DISTINCT FROM OLD.may_ask_again_at AND NOT is_now(NEW.may_ask_again_at) THEN
        PERFORM portal.refuse('a waiting time must be lifted now', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER access_accessrequest_is_now BEFORE INSERT OR UPDATE ON access_accessrequest
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION check_request_moments();

-- An answer is given now.
CREATE FUNCTION check_answer_moment() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT is_now(NEW.answered_at) THEN
        PERFORM portal.refuse('an answer must be given now', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER access_answer_is_now BEFORE INSERT ON access_answer
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION check_answer_moment();

-- A grant starts now, and ends now or when its time is over.
CREATE FUNCTION check_grant_moments() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' AND (NOT is_now(NEW.starts_at) OR NEW.ended_at IS NOT NULL) THEN
        PERFORM portal.refuse('a grant must start now', TG_NAME);
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.ended_at IS DISTINCT FROM OLD.ended_at AND NOT is_now(NEW.ended_at)
       AND NOT (NEW."end" = 'time' AND NEW.ended_at = NEW.ends_at AND NEW.ends_at <= portal.clock()) THEN
        PERFORM portal.refuse('a grant must end now or when its time is over', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER access_grant_is_now BEFORE INSERT OR UPDATE ON access_grant
    FOR EACH ROW WHEN (session_user <> 'portal_owner') EXECUTE FUNCTION check_grant_moments();
