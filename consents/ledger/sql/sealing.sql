-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- The sealed log grows by the next right leaf and nothing else, whoever writes it. What a checkpoint says of the log is
-- computed here once more, so that a wrong one can neither stop sealing nor pass entries over. Its signature only the
-- holder of the key can judge: sealing and verification do.

-- Leaves follow the last one without a gap, and each is of an entry as it stands.
CREATE FUNCTION refuse_other_leaves() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    first CONSTANT bigint := (SELECT min(leaf_index) FROM placed);
BEGIN
    IF first <> coalesce((SELECT max(l.leaf_index) + 1 FROM ledger_leaf AS l WHERE l.leaf_index < first), 0)
       OR (SELECT max(leaf_index) - first + 1 <> count(*) FROM placed)
       OR EXISTS (SELECT FROM placed AS p LEFT JOIN ledger_entry AS e ON e.id = p.entry
                  WHERE p.hash IS DISTINCT FROM sha256('\x00'::bytea || convert_to(e.canonical, 'UTF8'))) THEN
        PERFORM portal.refuse('only the next leaf of the log is added, with the hash of its entry', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_leaf_is_next AFTER INSERT ON ledger_leaf REFERENCING NEW TABLE AS placed
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_other_leaves();

-- Grow a tree of RFC 6962, held as the roots of its whole subtrees, largest first (consents/ledger/merkle.py).
CREATE FUNCTION portal.grow_tree(size bigint, frontier bytea, leaves bytea[]) RETURNS bytea LANGUAGE plpgsql IMMUTABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    node bytea;
    place bigint := size;
    left_over bigint;
BEGIN
    FOREACH node IN ARRAY leaves LOOP
        left_over := place;
        WHILE left_over & 1 = 1 LOOP
            node := sha256('\x01'::bytea || substr(frontier, length(frontier) - 31) || node);
            frontier := substr(frontier, 1, length(frontier) - 32);
            left_over := left_over >> 1;
        END LOOP;
        frontier := frontier || node;
        place := place + 1;
    END LOOP;
    RETURN frontier;
END $$;
GRANT EXECUTE ON FUNCTION portal.grow_tree TO portal_app;

-- The root over those subtrees.
CREATE FUNCTION portal.tree_root(frontier bytea) RETURNS bytea LANGUAGE plpgsql IMMUTABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    root bytea := substr(frontier, length(frontier) - 31);
BEGIN
    FOR peak IN REVERSE length(frontier) / 32 - 1 .. 1 LOOP
        root := sha256('\x01'::bytea || substr(frontier, 32 * peak - 31, 32) || root);
    END LOOP;
    RETURN root;
END $$;
GRANT EXECUTE ON FUNCTION portal.tree_root TO portal_app;

-- A checkpoint covers the whole log as it is. The trigger also sets how far the ledger is settled: every entry up to
-- `settled` is sealed or will never be. Each checkpoint notes the last entry in sight (`seen`) and the first transaction
-- that had not begun by then (`horizon`). Once all transactions before its horizon have ended, no entry up to its `seen`
-- can appear any more: those are decided. The order of reading matters: what is decided before the entries, and the
-- horizon after `seen`, so that no entry that is committed in between is passed over.
CREATE FUNCTION check_checkpoint() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
DECLARE
    last ledger_checkpoint;
    decided bigint;
    frontier bytea;
BEGIN
    SELECT * INTO last FROM ledger_checkpoint AS c ORDER BY c.size DESC LIMIT 1;
    decided := (SELECT c.seen FROM ledger_checkpoint AS c
                WHERE c.horizon <= pg_snapshot_xmin(pg_current_snapshot())::text::bigint
                ORDER BY c.size DESC LIMIT 1);
    frontier := grow_tree(coalesce(last.size, 0), coalesce(last.frontier, ''),
                          ARRAY(SELECT l.hash FROM ledger_leaf AS l WHERE l.leaf_index >= coalesce(last.size, 0)
                                ORDER BY l.leaf_index));
    IF NEW.size <= coalesce(last.size, 0)
       OR NEW.size IS DISTINCT FROM (SELECT max(l.leaf_index) + 1 FROM ledger_leaf AS l)
       OR NEW.frontier <> frontier OR NEW.root <> tree_root(frontier)
       OR NEW.note !~ ('^[^\n]+\n' || NEW.size || '\n[^\n]+\n\n')
       OR split_part(NEW.note, E'\n', 3) <> encode(NEW.root, 'base64') THEN
        PERFORM portal.refuse('a checkpoint is of the log as it is', TG_NAME);
    END IF;
    NEW.settled := greatest(last.settled, 0, least(coalesce(decided, 0), (
        SELECT e.id - 1 FROM ledger_entry AS e
        WHERE e.id > coalesce(last.settled, 0)
          AND NOT EXISTS (SELECT FROM ledger_leaf AS l WHERE l.entry = e.id)
        ORDER BY e.id LIMIT 1)));
    NEW.seen := (SELECT max(e.id) FROM ledger_entry AS e);
    NEW.horizon := pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_checkpoint_is_of_the_log BEFORE INSERT ON ledger_checkpoint
    FOR EACH ROW EXECUTE FUNCTION check_checkpoint();
