-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- One function writes the ledger, and nothing changes it.

-- Each entry's details are one JSON object, each key once: the canonical text spells them out, nothing else fits.
-- The cast also refuses NUL characters, which JSON allows and jsonb does not: readers of an entry cast it.
ALTER TABLE ledger_entry ADD CONSTRAINT ledger_entry_details_are_an_object
    CHECK (details IS JSON OBJECT WITH UNIQUE KEYS AND details::jsonb IS NOT NULL);

-- Whoever acts as a person is named by their id: whatever reads an actor casts it, and an entry that broke that would
-- break a page, or the search for signs, for ever.
ALTER TABLE ledger_entry ADD CONSTRAINT ledger_entry_names_its_person
    CHECK (actor_kind NOT IN ('customer', 'representative', 'staff') OR pg_input_is_valid(actor, 'uuid'));

-- An entry as RFC 8785 JSON: keys sorted, no spaces, strings escaped as to_json does it (the same short escapes and
-- lower-case \u00xx as the RFC). `details` arrives canonical already. RETURN, so that it costs its caller no call.
CREATE FUNCTION portal.canonical_entry(e ledger_entry) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN '{"actor":' || to_json(e.actor::text)
    || ',"actor_kind":' || to_json(e.actor_kind::text)
    || ',"chain":' || to_json(e.chain::text)
    || ',"channel":' || to_json(e.channel::text)
    || ',"customer":' || coalesce(to_json(e.customer::text)::text, 'null')
    || ',"details":' || e.details
    || ',"event":' || to_json(e.event::text)
    || ',"evidence":' || coalesce(to_json(e.evidence::text)::text, 'null')
    || ',"object":' || to_json(e.object::text)
    || ',"object_type":' || to_json(e.object_type::text)
    || ',"occurred_at":"' || to_char(e.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    || '","outcome":' || to_json(e.outcome::text)
    || ',"previous":"' || encode(e.previous, 'hex')
    || '","purpose":' || to_json(e.purpose::text)
    || ',"sequence":' || e.sequence || '}';

-- The only way into the ledger. It locks the head of the chain, so a customer's entries follow one after the other. Their
-- moments are the real clock's; should that be set back, they stand still until it has caught up. By index, whatever the
-- planner believes: a session that began with an empty ledger would go on reading all of it for each entry.
CREATE FUNCTION portal.append_entry(
    event text, customer uuid, actor_kind text, actor text, object_type text, object text,
    purpose text, channel text, evidence uuid, outcome text, details text
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, portal, public, pg_temp
    SET enable_seqscan = off
AS $$
DECLARE
    place CONSTANT text := coalesce(customer::text, 'company');
    head ledger_chainhead;
    entry ledger_entry;
BEGIN
    -- Every act has its entry, so no act rests on what an older snapshot shows.
    IF NOT sees_what_is_committed() THEN
        PERFORM portal.refuse('an act is recorded at READ COMMITTED');
    END IF;
    SELECT * INTO head FROM ledger_chainhead AS h WHERE h.chain = place FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO ledger_chainhead
            VALUES (place, 0, '\x0000000000000000000000000000000000000000000000000000000000000000')
            ON CONFLICT DO NOTHING;
        SELECT * INTO head FROM ledger_chainhead AS h WHERE h.chain = place FOR UPDATE;
    END IF;
    entry := ROW(nextval('public.ledger_entry_id_seq'), place, head.sequence + 1,
        greatest(portal.clock(), (SELECT e.occurred_at FROM ledger_entry AS e
                                  WHERE e.chain = place AND e.sequence = head.sequence)), event,
        customer, actor_kind, actor, object_type, object, purpose, channel, evidence, outcome, details, head.hash,
        '', '');
    entry.canonical := canonical_entry(entry);
    entry.hash := sha256(convert_to(entry.canonical, 'UTF8'));
    INSERT INTO ledger_entry SELECT entry.*;
    UPDATE ledger_chainhead AS h SET sequence = entry.sequence, hash = entry.hash WHERE h.chain = place;
    RETURN entry.id;
END $$;
GRANT EXECUTE ON FUNCTION portal.append_entry TO portal_app;

-- Time never goes back within a chain.
CREATE FUNCTION refuse_entry_before_the_last() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM ledger_entry AS e
               WHERE e.chain = NEW.chain AND e.sequence = NEW.sequence - 1 AND e.occurred_at > NEW.occurred_at) THEN
        PERFORM portal.refuse('time never goes back within a chain', TG_NAME);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_entry_time_goes_on BEFORE INSERT ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION refuse_entry_before_the_last();
