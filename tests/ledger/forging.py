"""What an owner of the database who means harm would run."""

from tests.ledger.entries import ADA

ALL = "ledger_entry, ledger_chainhead, ledger_leaf, ledger_checkpoint"
# All hashes of a chain anew, heads too: what an owner with time would do.
REHASH = f"""
DO $$ DECLARE e ledger_entry; before bytea := '\\x{bytes(32).hex()}';
BEGIN
    FOR e IN SELECT * FROM ledger_entry WHERE chain = '{ADA}' ORDER BY sequence LOOP
        e.previous := before;
        e.canonical := portal.canonical_entry(e);
        before := sha256(convert_to(e.canonical, 'UTF8'));
        UPDATE ledger_entry SET previous = e.previous, canonical = e.canonical, hash = before WHERE id = e.id;
        UPDATE ledger_chainhead SET hash = before, sequence = e.sequence WHERE chain = e.chain;
    END LOOP;
END $$
"""
RESEAL = """
UPDATE ledger_leaf AS l SET hash = sha256('\\x00'::bytea || convert_to(e.canonical, 'UTF8'))
FROM ledger_entry AS e WHERE e.id = l.entry
"""
