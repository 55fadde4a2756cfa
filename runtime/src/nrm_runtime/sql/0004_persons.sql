-- Private documents: opened only beside a recorded read, destroyed only under a tombstone.

-- Gives ciphertexts of one case. `p_read` is the event of this very transaction that records the
-- read; without it nothing is given. NULL leaves a filter open; a person who was asked for by
-- name and is erased is an error (NR004), others who are erased are left out.
CREATE FUNCTION open_payloads(
  p_read uuid, p_case uuid, p_persons uuid[], p_categories text[], p_parts text[], p_events uuid[],
  p_written_by uuid, p_latest boolean
) RETURNS TABLE (event_id uuid, part text, person uuid, category text, written_by uuid, key_id uuid,
                 schema_version int, salt bytea, ciphertext bytea, pos bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = nrm, pg_temp AS $$
DECLARE each uuid;
BEGIN
  IF NOT EXISTS (SELECT FROM event e JOIN stream_head h USING (stream)
                 WHERE e.event_id = p_read AND h.case_ref = p_case
                   AND e.xmin = pg_current_xact_id()::xid) THEN
    RAISE EXCEPTION 'a read is recorded first' USING ERRCODE = 'NR006';
  END IF;
  FOR each IN SELECT DISTINCT p.person FROM payload p
    WHERE p.case_ref = p_case AND (p_persons IS NULL OR p.person = ANY (p_persons)) ORDER BY 1
  LOOP
    PERFORM pg_advisory_xact_lock_shared(person_lock(each));
  END LOOP;
  IF EXISTS (SELECT FROM erasure e WHERE e.person = ANY (p_persons)) THEN
    RAISE EXCEPTION 'erased' USING ERRCODE = 'NR004';
  END IF;
  RETURN QUERY
    WITH found AS (
      SELECT p.*, e.pos, row_number() OVER (PARTITION BY p.person, p.part, p.written_by ORDER BY e.pos DESC) AS back
      FROM payload p JOIN event e USING (event_id)
      WHERE p.case_ref = p_case
        AND (p_persons IS NULL OR p.person = ANY (p_persons))
        AND (p_categories IS NULL OR p.category = ANY (p_categories))
        AND (p_parts IS NULL OR p.part = ANY (p_parts))
        AND (p_events IS NULL OR p.event_id = ANY (p_events))
        AND (p_written_by IS NULL OR p.written_by = p_written_by)
        AND NOT EXISTS (SELECT FROM erasure x WHERE x.person = p.person)
    )
    SELECT f.event_id, f.part, f.person, f.category, f.written_by, f.key_id, f.schema_version, f.salt,
           f.ciphertext, f.pos
    FROM found f WHERE f.back = 1 OR NOT p_latest ORDER BY f.pos, f.part;
END $$;

-- Sets the tombstone. From its commit on nothing is written or read about that person here.
CREATE FUNCTION ask_erasure(p_person uuid, p_case uuid, p_org uuid, p_worker uuid, p_ground text, p_at timestamptz)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = nrm, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(person_lock(p_person));
  INSERT INTO erasure (person, case_ref, org, worker, ground, asked_at)
    VALUES (p_person, p_case, p_org, p_worker, p_ground, p_at) ON CONFLICT DO NOTHING;
  RETURN FOUND;
END $$;

-- Destroys salt and ciphertext; the key went first, in the store of the keys.
CREATE FUNCTION erase(p_person uuid)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = nrm, pg_temp AS $$
DECLARE gone bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(person_lock(p_person));
  IF NOT EXISTS (SELECT FROM erasure e WHERE e.person = p_person) THEN
    RAISE EXCEPTION 'no tombstone' USING ERRCODE = 'NR006';
  END IF;
  DELETE FROM payload p WHERE p.person = p_person;
  GET DIAGNOSTICS gone = ROW_COUNT;
  UPDATE erasure SET destroyed_at = clock_timestamp() WHERE person = p_person AND destroyed_at IS NULL;
  RETURN gone;
END $$;

-- The erasure has been told: in the transaction of its event, and never before the destruction.
CREATE FUNCTION finish_erasure(p_person uuid)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = nrm, pg_temp AS $$
BEGIN
  UPDATE erasure SET told_at = clock_timestamp()
    WHERE person = p_person AND destroyed_at IS NOT NULL AND told_at IS NULL;
  RETURN FOUND;
END $$;
