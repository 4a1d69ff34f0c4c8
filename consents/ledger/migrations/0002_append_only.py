"""The ledger keeps itself: one function writes it, nothing changes it.

`ledger_canonical(entry)` spells an entry as RFC 8785 JSON: keys sorted, no spaces, strings escaped as PostgreSQL's
to_json does it (the same short escapes and lower-case \\u00xx as the RFC). `details` arrives canonical already.
"""

from django.db import migrations

from consents.core.append_only import append_only

FORWARD = """
CREATE FUNCTION ledger_canonical(e ledger_entry) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, public, pg_temp
AS $$
SELECT '{"actor":' || to_json(e.actor::text)
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
    || ',"sequence":' || e.sequence || '}'
$$;

CREATE FUNCTION ledger_append(
    event text, customer uuid, actor_kind text, actor text, object_type text, object text,
    purpose text, channel text, evidence uuid, outcome text, details text
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    place CONSTANT text := coalesce(customer::text, 'company');
    head ledger_chainhead;
    entry ledger_entry;
BEGIN
    INSERT INTO ledger_chainhead
        VALUES (place, 0, '\\x0000000000000000000000000000000000000000000000000000000000000000')
        ON CONFLICT DO NOTHING;
    SELECT * INTO head FROM ledger_chainhead AS h WHERE h.chain = place FOR UPDATE;
    entry := ROW(nextval(pg_get_serial_sequence('ledger_entry', 'id')), place, head.sequence + 1, portal_now(), event,
        customer, actor_kind, actor, object_type, object, purpose, channel, evidence, outcome, details, head.hash,
        '', '');
    entry.canonical := ledger_canonical(entry);
    entry.hash := sha256(convert_to(entry.canonical, 'UTF8'));
    INSERT INTO ledger_entry SELECT entry.*;
    UPDATE ledger_chainhead AS h SET sequence = entry.sequence, hash = entry.hash WHERE h.chain = place;
    RETURN entry.id;
END $$;

REVOKE INSERT ON ledger_entry FROM portal_app;
REVOKE ALL ON ledger_chainhead FROM portal_app;
REVOKE ALL ON SEQUENCE ledger_entry_id_seq FROM portal_app;
"""

BACK = "DROP FUNCTION ledger_append; DROP FUNCTION ledger_canonical;"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial"), ("core", "0001_clock_and_refuse_change")]
    operations = [migrations.RunSQL(FORWARD, BACK), append_only("ledger_entry")]
