-- Promise 14 (consents/DESIGN.md): Statistics contain nobody.
--
-- What the company publishes about itself lies in the ledger alone: a month that is over, once, without a number that
-- is neither zero nor at least the minimum it names, which is never below 5. Anybody reads it, and nobody could take it
-- back: it is a number, or says that it is hidden.

CREATE FUNCTION refuse_other_figures() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    told CONSTANT jsonb := NEW.details::jsonb;
    minimum CONSTANT numeric := CASE jsonb_typeof(told -> 'minimum') WHEN 'number' THEN (told ->> 'minimum')::numeric
                              ELSE 0 END;
BEGIN
    IF NEW.chain <> 'company' OR NEW.object !~ '^2\d\d\d-(0[1-9]|1[0-2])$'
       OR to_date(NEW.object, 'YYYY-MM') + interval '1 month' > portal.now() AT TIME ZONE 'UTC'
       OR EXISTS (SELECT FROM ledger_entry AS e WHERE e.object = NEW.object AND e.event = NEW.event)
       OR minimum < 5
       OR NOT coalesce(CASE jsonb_typeof(told -> 'answer_minutes') WHEN 'null' THEN true
                           WHEN 'number' THEN (told ->> 'answer_minutes')::numeric BETWEEN 0 AND 100000 END, false)
       OR jsonb_typeof(told -> 'figures') IS DISTINCT FROM 'object'
       OR EXISTS (SELECT FROM jsonb_path_query(told, '$.figures.*') AS figure(value)
                  WHERE CASE jsonb_typeof(figure.value) WHEN 'null' THEN false WHEN 'number' THEN
                            figure.value::numeric <> 0 AND figure.value::numeric < minimum ELSE true END) THEN
        PERFORM portal.refuse('the numbers of a month are published once, when it is over, and no small one', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_entry_no_small_figures BEFORE INSERT ON ledger_entry
    FOR EACH ROW WHEN (NEW.event = 'figures.published') EXECUTE FUNCTION refuse_other_figures();
