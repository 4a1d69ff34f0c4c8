-- Promise 13 (consents/DESIGN.md): Who looks knows the rules.
-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- A try is at the version in force, by a member of staff; the database counts the right answers. An attestation is of a
-- try of the same transaction that reached the pass mark, so that neither an old version nor an old try can be used.

CREATE FUNCTION score_attempt() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    SELECT CASE WHEN jsonb_array_length(NEW.answers) = count(*)
                THEN 100 * count(*) FILTER (WHERE NEW.answers -> (s.place - 1)::int = s.answer) / count(*) END
        INTO NEW.score
        FROM training_moduleversion AS v, jsonb_array_elements(v.solution) WITH ORDINALITY AS s (answer, place)
        WHERE v.id = NEW.version_id AND v.id = module_in_force(v.code)
          AND is_officer(NEW.member_id, ARRAY['requester', 'privacy_officer', 'compliance_officer'])
        GROUP BY v.id;
    IF NEW.score IS NULL THEN
        PERFORM portal.refuse('a try must answer every question of a module in force, by a member of staff', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER training_attempt_scored BEFORE INSERT ON training_attempt FOR EACH ROW EXECUTE FUNCTION score_attempt();

CREATE FUNCTION fill_attestation() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    moment CONSTANT timestamptz := portal.now();
BEGIN
    SELECT t.member_id, v.code, v.number, t.score, moment,
           (moment AT TIME ZONE 'UTC' + make_interval(months => v.valid_months)) AT TIME ZONE 'UTC'
        INTO NEW.member_id, NEW.code, NEW.number, NEW.score, NEW.attested_at, NEW.valid_until
        FROM training_attempt AS t JOIN training_moduleversion AS v ON v.id = t.version_id
        WHERE t.id = NEW.attempt_id AND t.score >= v.pass_mark AND is_of_this_transaction(t.xmin);
    IF NOT FOUND THEN
        PERFORM portal.refuse('only a try of this transaction that reached the pass mark can be attested', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER training_attestation_earned BEFORE INSERT ON training_attestation
    FOR EACH ROW EXECUTE FUNCTION fill_attestation();

-- Has this member a valid attestation for every required module at this moment? The rooms above ask it wherever staff
-- ask for access or look. Plans are kept: it is part of every look.
CREATE FUNCTION portal.is_trained(of_member uuid, moment timestamptz) RETURNS boolean LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, portal, public, pg_temp
AS $$
BEGIN
    RETURN NOT EXISTS (
        SELECT FROM training_moduleversion AS v
        WHERE v.required AND v.id = module_in_force(v.code)
          AND NOT EXISTS (SELECT FROM training_attestation AS a
                          WHERE a.member_id = of_member AND a.code = v.code AND a.valid_until > moment));
END $$;
GRANT EXECUTE ON FUNCTION portal.is_trained TO portal_app;

CREATE TRIGGER training_attempt_append_only BEFORE UPDATE OR DELETE ON training_attempt
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER training_attempt_no_truncate BEFORE TRUNCATE ON training_attempt
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER training_attestation_append_only BEFORE UPDATE OR DELETE ON training_attestation
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER training_attestation_no_truncate BEFORE TRUNCATE ON training_attestation
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
