-- The log. What was recorded stays: every table but the waiting list refuses change and removal,
-- and each is written by one function only.

CREATE TABLE entry (                      -- what services did, in the bytes they stored
  pos bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_id uuid NOT NULL UNIQUE,
  case_ref uuid,
  stream uuid NOT NULL,
  seq int NOT NULL CHECK (seq > 0),
  source text NOT NULL,
  bytes bytea NOT NULL CHECK (octet_length(bytes) <= 65535),
  hash bytea NOT NULL GENERATED ALWAYS AS (sha256('\x00'::bytea || bytes)) STORED,   -- RFC 6962 leaf hash
  heard_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (stream, seq)
);
CREATE INDEX entry_case ON entry (case_ref) WHERE case_ref IS NOT NULL;

-- Entries without a leaf. Only a shorter way to find them: the absence of the leaf is the truth,
-- and `find_waiting` restores the list from it. A late commit of a lower `pos` is still found.
CREATE TABLE waiting (
  pos bigint PRIMARY KEY REFERENCES entry
);

CREATE TABLE leaf (                       -- dense from 0 and in commit order
  idx bigint PRIMARY KEY CHECK (idx >= 0),
  event_id uuid NOT NULL UNIQUE REFERENCES entry (event_id),
  leaf_hash bytea NOT NULL CHECK (octet_length(leaf_hash) = 32)
);

CREATE TABLE node (                       -- complete subtrees of every eighth level, as tiles hold them
  level int NOT NULL CHECK (level > 0 AND level % 8 = 0),
  idx bigint NOT NULL CHECK (idx >= 0),
  hash bytea NOT NULL CHECK (octet_length(hash) = 32),
  PRIMARY KEY (level, idx)
);

CREATE TABLE tree (                       -- one row per batch: the state from which it grows
  size bigint PRIMARY KEY CHECK (size > 0),
  frontier bytea NOT NULL,
  grown_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE checkpoint (
  size bigint PRIMARY KEY REFERENCES tree,
  root bytea NOT NULL CHECK (octet_length(root) = 32),
  note bytea NOT NULL,                    -- the signed note, exactly
  signed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE signer (                     -- one row at most: whose signature the checkpoints bear
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  vkey text NOT NULL
);

CREATE TRIGGER entry_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON entry
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER leaf_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON leaf
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER node_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON node
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tree_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON tree
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER checkpoint_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON checkpoint
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER signer_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON signer
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Stores entries in the order given. Each has to hold the hash of the one before it in its stream.
CREATE FUNCTION store_entries(
  p_events uuid[], p_cases uuid[], p_streams uuid[], p_seqs int[], p_prevs bytea[], p_sources text[], p_bytes bytea[]
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = nrm, pg_temp AS $$
BEGIN
  WITH stored AS (
    INSERT INTO entry (event_id, case_ref, stream, seq, source, bytes)
      SELECT n.event_id, n.case_ref, n.stream, n.seq, n.source, n.bytes
      FROM unnest(p_events, p_cases, p_streams, p_seqs, p_sources, p_bytes)
        WITH ORDINALITY AS n (event_id, case_ref, stream, seq, source, bytes, ordinal)
      ORDER BY n.ordinal
      RETURNING pos
  )
  INSERT INTO waiting SELECT pos FROM stored;
  IF EXISTS (
    SELECT FROM unnest(p_streams, p_seqs, p_prevs) AS n (stream, seq, prev)
    LEFT JOIN entry e ON e.stream = n.stream AND e.seq = n.seq - 1
    WHERE n.prev IS DISTINCT FROM e.hash
  ) THEN
    RAISE EXCEPTION 'an entry does not hold the hash of the one before it' USING ERRCODE = 'NR003';
  END IF;
END $$;

-- Gives the entries at `p_positions` the next indices, in that order, and keeps the tree's new
-- state, or nothing. `p_size` is the size that the caller grew the tree from.
CREATE FUNCTION grow_tree(
  p_size bigint, p_positions bigint[], p_levels int[], p_indices bigint[], p_hashes bytea[], p_frontier bytea
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = nrm, pg_temp AS $$
DECLARE done bigint;
BEGIN
  IF p_size <> coalesce((SELECT max(size) FROM tree), 0) THEN
    RAISE EXCEPTION 'the tree has another size' USING ERRCODE = 'NR001';
  END IF;
  INSERT INTO leaf (idx, event_id, leaf_hash)
    SELECT p_size + n.ordinal - 1, e.event_id, e.hash
    FROM unnest(p_positions) WITH ORDINALITY AS n (pos, ordinal) JOIN entry e USING (pos);
  GET DIAGNOSTICS done = ROW_COUNT;
  IF done <> cardinality(p_positions) OR done = 0 THEN
    RAISE EXCEPTION 'no such entry' USING ERRCODE = 'NR003';
  END IF;
  INSERT INTO node (level, idx, hash)
    SELECT * FROM unnest(p_levels, p_indices, p_hashes);
  INSERT INTO tree (size, frontier) VALUES (p_size + done, p_frontier);
  DELETE FROM waiting WHERE pos = ANY (p_positions);
END $$;

-- Puts every entry without a leaf on the waiting list, and those with one off it; says how many
-- were missing there. Beside a growing tree it may list an entry anew: whoever reads the list
-- asks for the leaf too.
CREATE FUNCTION find_waiting() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = nrm, pg_temp AS $$
DECLARE found_now bigint;
BEGIN
  DELETE FROM waiting w USING entry e, leaf l WHERE e.pos = w.pos AND l.event_id = e.event_id;
  INSERT INTO waiting
    SELECT e.pos FROM entry e WHERE NOT EXISTS (SELECT FROM leaf l WHERE l.event_id = e.event_id)
    ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS found_now = ROW_COUNT;
  RETURN found_now;
END $$;

-- Keeps a signed note. A second one for a size is taken only if it is the same.
CREATE FUNCTION keep_checkpoint(p_size bigint, p_root bytea, p_note bytea, p_vkey text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = nrm, pg_temp AS $$
BEGIN
  INSERT INTO signer (vkey) VALUES (p_vkey) ON CONFLICT DO NOTHING;
  IF p_vkey <> (SELECT vkey FROM signer) THEN
    RAISE EXCEPTION 'the signer has another key than before' USING ERRCODE = 'NR003';
  END IF;
  INSERT INTO checkpoint (size, root, note) VALUES (p_size, p_root, p_note) ON CONFLICT DO NOTHING;
  IF NOT EXISTS (SELECT FROM checkpoint WHERE size = p_size AND root = p_root AND note = p_note) THEN
    RAISE EXCEPTION 'another checkpoint of that size is there' USING ERRCODE = 'NR003';
  END IF;
END $$;

REVOKE ALL ON FUNCTION store_entries, grow_tree, find_waiting, keep_checkpoint FROM PUBLIC;
GRANT USAGE ON SCHEMA nrm TO @sequencer@;
GRANT EXECUTE ON FUNCTION store_entries TO @app@;
GRANT EXECUTE ON FUNCTION grow_tree, find_waiting, keep_checkpoint, raise_alarm, settle_alarms TO @sequencer@;
GRANT SELECT ON entry, waiting, leaf, node, tree, checkpoint, signer TO @app@, @sequencer@, @auditor@;
