-- The one way in: events, private documents, ledger entries, messages and deadlines, or nothing.

CREATE FUNCTION person_lock(p_person uuid) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT hashtextextended(p_person::text, 7067) $$;

-- Told counts and seq are taken under the head's lock, so numbers have no gap and no rival.
CREATE FUNCTION append_events(
  p_stream uuid, p_case uuid, p_expected int, p_command uuid,
  p_event_ids uuid[], p_types text[], p_versions int[], p_bodies bytea[], p_salts bytea[], p_entries bytea[],
  p_topic text, p_message_ids uuid[], p_messages bytea[], p_traceparent text,
  p_parts text[], p_persons uuid[], p_categories text[], p_keys uuid[], p_document_salts bytea[],
  p_ciphertexts bytea[], p_written_by uuid,
  p_gone text[], p_names text[], p_due timestamptz[], p_profiles text[], p_calendars text[]
) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = nrm, pg_temp
  SET plan_cache_mode = force_generic_plan AS $$   -- else an array of names is planned anew each time
DECLARE
  head stream_head;
  doc jsonb;
  hash bytea;
  at timestamptz;
  person uuid;
BEGIN
  IF cardinality(p_event_ids) = 0 THEN
    RAISE EXCEPTION 'no event' USING ERRCODE = 'NR003';
  END IF;
  INSERT INTO stream_head VALUES (p_stream, p_case, 0, 0, NULL, '-infinity') ON CONFLICT DO NOTHING;
  SELECT * INTO STRICT head FROM stream_head WHERE stream = p_stream FOR UPDATE;
  IF head.case_ref IS DISTINCT FROM p_case THEN
    RAISE EXCEPTION 'the stream belongs to another case' USING ERRCODE = 'NR002';
  END IF;
  IF head.seq <> p_expected THEN
    RAISE EXCEPTION 'outpaced' USING ERRCODE = 'NR001';
  END IF;
  FOR i IN 1 .. cardinality(p_event_ids) LOOP
    doc := convert_from(p_entries[i], 'UTF8')::jsonb;
    hash := sha256('\x00'::bytea || p_entries[i]);          -- the RFC 6962 leaf hash
    at := (doc->>'recorded_at')::timestamptz;
    head.seq := head.seq + 1;
    IF (doc->>'seq')::int IS DISTINCT FROM head.seq
      OR (doc->>'stream')::uuid IS DISTINCT FROM p_stream
      OR (doc->>'event')::uuid IS DISTINCT FROM p_event_ids[i]
      OR (doc->>'case')::uuid IS DISTINCT FROM p_case
      OR doc->>'prev' IS DISTINCT FROM encode(head.entry_hash, 'hex')
      OR at IS NULL OR at < head.recorded_at
    THEN
      RAISE EXCEPTION 'the entry does not continue the stream' USING ERRCODE = 'NR003';
    END IF;
    INSERT INTO event (event_id, command_id, stream, seq, type, schema_version, body, body_salt,
                       occurred_at, recorded_at, entry, entry_hash)
      VALUES (p_event_ids[i], p_command, p_stream, head.seq, p_types[i], p_versions[i], p_bodies[i], p_salts[i],
              (doc->>'occurred_at')::timestamptz, at, p_entries[i], hash);
    INSERT INTO outbox (message_id, topic, key, stream, told, traceparent, body)
      VALUES (p_event_ids[i], 'nrm.ledger', coalesce(p_case, p_stream), p_stream, head.seq, p_traceparent, p_entries[i]);
    head.entry_hash := hash;
    head.recorded_at := at;
  END LOOP;

  FOR i IN 1 .. cardinality(p_message_ids) LOOP
    doc := convert_from(p_messages[i], 'UTF8')::jsonb;
    head.told := head.told + 1;
    IF (doc->>'told')::int IS DISTINCT FROM head.told
      OR (doc->>'stream')::uuid IS DISTINCT FROM p_stream
      OR (doc->>'id')::uuid IS DISTINCT FROM p_message_ids[i]
      OR p_topic IS NULL OR p_topic = 'nrm.ledger'
    THEN
      RAISE EXCEPTION 'the message does not continue the count' USING ERRCODE = 'NR003';
    END IF;
    INSERT INTO outbox (message_id, topic, key, stream, told, traceparent, body)
      VALUES (p_message_ids[i], p_topic, coalesce(p_case, p_stream), p_stream, head.told, p_traceparent, p_messages[i]);
  END LOOP;

  IF cardinality(p_parts) > 0 THEN
    -- Shared: writers about one person do not wait for each other, only for its erasure.
    FOREACH person IN ARRAY p_persons LOOP
      PERFORM pg_advisory_xact_lock_shared(person_lock(person));
    END LOOP;
    IF EXISTS (SELECT FROM erasure e WHERE e.person = ANY (p_persons)) THEN
      RAISE EXCEPTION 'erased' USING ERRCODE = 'NR004';
    END IF;
    INSERT INTO payload (event_id, part, case_ref, person, category, written_by, key_id, schema_version, salt, ciphertext)
      SELECT p_event_ids[1], d.part, p_case, d.person, d.category, p_written_by, d.key_id, p_versions[1], d.salt, d.ciphertext
      FROM unnest(p_parts, p_persons, p_categories, p_keys, p_document_salts, p_ciphertexts)
        AS d (part, person, category, key_id, salt, ciphertext);
  END IF;

  UPDATE stream_head SET seq = head.seq, told = head.told, entry_hash = head.entry_hash, recorded_at = head.recorded_at
    WHERE stream = p_stream;
  IF cardinality(p_gone) > 0 THEN
    DELETE FROM deadline d WHERE d.stream = p_stream AND d.name = ANY (p_gone);
  END IF;
  IF cardinality(p_names) > 0 THEN
    INSERT INTO deadline AS d (stream, name, due_at, profile_version, calendar_version)
      SELECT p_stream, n.name, n.due_at, n.profile, n.calendar
      FROM unnest(p_names, p_due, p_profiles, p_calendars) AS n (name, due_at, profile, calendar)
      ON CONFLICT (stream, name) DO UPDATE SET due_at = excluded.due_at, profile_version = excluded.profile_version,
        calendar_version = excluded.calendar_version, refused = NULL, refused_at = NULL;
  END IF;
  RETURN head.seq;
END $$;

-- A deadline that its machine will not have stays in sight, raises an alarm, and is not asked again.
CREATE FUNCTION refuse_deadline(p_stream uuid, p_name text, p_due timestamptz, p_code text)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = nrm, pg_temp AS $$
BEGIN
  UPDATE deadline SET refused = p_code, refused_at = clock_timestamp()
    WHERE stream = p_stream AND name = p_name AND due_at = p_due AND refused IS NULL;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  INSERT INTO alarm (kind, about, reason) VALUES ('deadline-refused', p_stream || '/' || p_name, p_code)
    ON CONFLICT (kind, about) WHERE settled_at IS NULL DO NOTHING;
  RETURN true;
END $$;

CREATE FUNCTION move_clock(p_offset bigint)
RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = nrm, pg_temp AS $$
  INSERT INTO development_clock AS c (offset_s) VALUES (p_offset)
    ON CONFLICT (one) DO UPDATE SET offset_s = greatest(c.offset_s, excluded.offset_s)
    RETURNING offset_s
$$;
