-- Promise 14 (consents/DESIGN.md): Statistics contain nobody.
--
-- What may be asked, by whom and how often, what an answer may hold, and that data is read for an open question alone.

-- The purpose whose consent lets customers be counted; NULL before there is one.
CREATE FUNCTION portal.statistics_purpose() RETURNS bigint LANGUAGE sql STABLE
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$ SELECT p.id FROM catalogue_purpose AS p WHERE p.code = 'statistics' $$;
GRANT EXECUTE ON FUNCTION portal.statistics_purpose TO portal_app;

-- A question is added by a privacy officer, about fields that there are, of a category that may be counted. Afterwards
-- it is only retired, once.
CREATE FUNCTION refuse_other_questions() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    moving CONSTANT text[] := ARRAY['retired_at', 'retired_by_id'];
BEGIN
    IF TG_OP = 'INSERT' AND (
           NEW.retired_at IS NOT NULL OR NOT is_now(NEW.added_at)
           OR NOT is_officer(NEW.added_by_id, ARRAY['privacy_officer'])
           OR NOT is_countable(NEW.category_id, statistics_purpose())
           OR EXISTS (SELECT FROM unnest(ARRAY[NEW.field, NEW.date_field]) AS named (key)
                      WHERE key <> '' AND NOT EXISTS (SELECT FROM catalogue_field AS f
                                                      WHERE f.category_id = NEW.category_id AND f.key = named.key)))
       OR TG_OP = 'UPDATE' AND (
           to_jsonb(OLD) - moving IS DISTINCT FROM to_jsonb(NEW) - moving OR OLD.retired_at IS NOT NULL
           OR NOT is_now(NEW.retired_at) OR NOT is_officer(NEW.retired_by_id, ARRAY['privacy_officer'])) THEN
        PERFORM portal.refuse(
            'a question is added or retired by a privacy officer, about data that may be counted', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER insights_question_of_officer BEFORE INSERT OR UPDATE ON insights_question
    FOR EACH ROW EXECUTE FUNCTION refuse_other_questions();
CREATE TRIGGER insights_question_kept BEFORE DELETE ON insights_question FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- An insight is asked by trained staff, of a question that stands, for a period that is over, within the budget of one
-- person: 20 in thirty days, 6 of them of one question. Once a month, and again only when as many customers as the
-- minimum have come or gone: asking again brings nothing that tells of a few.
CREATE FUNCTION refuse_other_insights() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    asked insights_question;
    today CONSTANT timestamp := portal.now() AT TIME ZONE 'UTC';
    spent bigint;
    spent_here bigint;
BEGIN
    NEW.asked_at := portal.now();
    NEW.month := date_trunc('month', today)::date;
    SELECT * INTO asked FROM insights_question AS q WHERE q.id = NEW.question_id;
    -- Two at once of one analyst would each see a budget that is not spent.
    PERFORM pg_advisory_xact_lock(hashtextextended(NEW.asked_by_id::text, 0));
    SELECT count(*), count(*) FILTER (WHERE i.question_id = NEW.question_id) INTO spent, spent_here
        FROM insights_insight AS i
        WHERE i.asked_by_id = NEW.asked_by_id AND i.asked_at > portal.now() - interval '30 days';
    IF (SELECT count(*) FROM (
            SELECT FROM choices_choice AS c
            WHERE c.purpose_id = statistics_purpose() AND c.since > (
                SELECT max(i.asked_at) FROM insights_insight AS i
                WHERE i.question_id = NEW.question_id AND i.period = NEW.period)
            LIMIT NEW.minimum) AS changed) < NEW.minimum
       AND EXISTS (SELECT FROM insights_insight AS i WHERE i.question_id = NEW.question_id AND i.period = NEW.period)
       OR spent >= 20 OR spent_here >= 6 OR asked.retired_at IS NOT NULL
       OR NOT is_officer(NEW.asked_by_id, ARRAY['requester', 'privacy_officer', 'compliance_officer'])
       OR NOT is_trained(NEW.asked_by_id, portal.now())
       OR NOT is_countable(asked.category_id, statistics_purpose())
       OR NOT (CASE asked.step WHEN '' THEN NEW.period = ''
                 WHEN 'year' THEN NEW.period ~ '^\d\d\d\d$' AND NEW.period < to_char(today, 'YYYY')
                 ELSE NEW.period ~ '^\d\d\d\d-Q[1-4]$' AND NEW.period < to_char(today, 'YYYY-"Q"Q') END) THEN
        PERFORM portal.refuse(
            'an insight is asked by trained staff, of a question that stands, for a past period, within a budget', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER insights_insight_allowed BEFORE INSERT ON insights_insight
    FOR EACH ROW EXECUTE FUNCTION refuse_other_insights();

-- No number below the minimum of its insight is stored; zero is. Cells come with their result or not at all, and only
-- where it was counted.
CREATE FUNCTION refuse_small_numbers() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM insights_result AS r JOIN insights_insight AS i ON i.id = r.insight_id
        WHERE r.insight_id = NEW.result_id AND r.outcome = 'counted' AND is_of_this_transaction(r.xmin)
          AND (NEW.number IS NULL OR NEW.number = 0 OR NEW.number >= i.minimum)) THEN
        PERFORM portal.refuse('a stored number comes with its result and is not below the minimum', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER insights_cell_no_small_groups BEFORE INSERT ON insights_cell
    FOR EACH ROW EXECUTE FUNCTION refuse_small_numbers();
CREATE FUNCTION refuse_small_totals() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    NEW.counted_at := portal.now();
    IF EXISTS (SELECT FROM insights_insight AS i WHERE i.id = NEW.insight_id AND NEW.total < i.minimum) THEN
        PERFORM portal.refuse('a stored total is not below the minimum', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER insights_result_no_small_groups BEFORE INSERT ON insights_result
    FOR EACH ROW EXECUTE FUNCTION refuse_small_totals();

-- Data is opened for an insight that waits for its answer, in the name of who asked, of the question's category alone.
CREATE FUNCTION refuse_opening_for_no_insight() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM ledger_entry AS e
        JOIN insights_insight AS i ON i.id::text = e.details::jsonb ->> 'insight'
        JOIN insights_question AS q ON q.id = i.question_id
        WHERE e.object = NEW.id::text AND e.event = 'vault.counted'
          AND e.occurred_at >= now() + portal.clock_offset() AND is_of_this_transaction(e.xmin)
          AND i.asked_by_id = NEW.staff_id AND q.category_id = NEW.category_id
          AND NEW.purpose_id = statistics_purpose()
          AND NOT EXISTS (SELECT FROM insights_result AS r WHERE r.insight_id = i.id)) THEN
        PERFORM portal.refuse('data is opened for statistics only for an insight that waits for its answer', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER disclosures_opening_serves_an_insight AFTER INSERT ON disclosures_opening
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind = 'statistics' AND session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_opening_for_no_insight();
