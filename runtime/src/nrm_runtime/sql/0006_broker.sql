-- What the relay and the hearing need beside 0003: groups heard in one call, what operators do
-- about a message, and what the relay remembers about the log it writes to.

CREATE TABLE refusal (                    -- a policy's command that a machine would not have; the case goes on
  consumer text NOT NULL,
  message_id uuid NOT NULL,
  ordinal int NOT NULL,                   -- which of the policy's commands
  case_ref uuid,
  type text NOT NULL,                     -- wire name of what was heard
  code text NOT NULL,
  refused_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (consumer, message_id, ordinal)
);

CREATE TABLE dropped (                    -- given up by an operator, for ever on record
  consumer text NOT NULL,
  message_id uuid NOT NULL,
  topic text NOT NULL,
  case_ref uuid,
  stream uuid,
  told int,
  kind text NOT NULL,
  handler text,
  reason text NOT NULL,
  dropped_by text NOT NULL,
  dropped_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (consumer, message_id)
);

CREATE TABLE log_end (                    -- the highest offset that the broker ever acknowledged
  topic text NOT NULL,
  partition_no int NOT NULL,
  offset_no bigint NOT NULL,
  PRIMARY KEY (topic, partition_no)
);

CREATE TABLE alarm (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL,                     -- log-went-back, stopped-key
  about text NOT NULL,                    -- topic/partition, or topic/key
  reason text NOT NULL,
  raised_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  settled_at timestamptz
);
CREATE UNIQUE INDEX alarm_open ON alarm (kind, about) WHERE settled_at IS NULL;

-- Marks a whole group, in order, in the transaction of its effects: per message `apply`,
-- `repeated`, `early`, `dropped`, or `quarantined` where its case is. p_again passes the quarantine: a retry.
-- `waiting` says that messages of the case are parked for this consumer.
-- The share lock makes a message wait for an operator's retry that is ending the quarantine.
CREATE FUNCTION hear_many(
  p_consumer text, p_topic text, p_messages uuid[], p_cases uuid[], p_streams uuid[], p_tolds int[], p_again boolean
) RETURNS TABLE (answer text, waiting boolean) LANGUAGE plpgsql SECURITY DEFINER SET search_path = nrm, pg_temp
  SET plan_cache_mode = force_generic_plan AS $$
DECLARE have int;
BEGIN
  FOR i IN 1 .. cardinality(p_messages) LOOP
    SELECT h.told INTO have FROM heard h
      WHERE h.consumer = p_consumer AND h.topic = p_topic AND h.stream = p_streams[i];
    IF p_tolds[i] <= have THEN
      answer := 'repeated';
    ELSE
      answer := NULL;
      IF NOT p_again THEN
        PERFORM 1 FROM quarantine q WHERE q.consumer = p_consumer AND q.case_ref = p_cases[i] FOR SHARE;
        IF FOUND THEN
          answer := 'quarantined';
        END IF;
      END IF;
      IF answer IS NULL THEN
        answer := hear(p_consumer, p_topic, p_messages[i], p_streams[i], p_tolds[i]);
        IF answer = 'apply' AND EXISTS (
          SELECT FROM dropped d WHERE d.consumer = p_consumer AND d.message_id = p_messages[i])
        THEN
          answer := 'dropped';            -- counted, without its effect
        END IF;
      END IF;
    END IF;
    waiting := EXISTS (SELECT FROM parked p WHERE p.consumer = p_consumer AND p.case_ref = p_cases[i]);
    RETURN NEXT;
  END LOOP;
END $$;

-- Keeps a message aside. With p_renew one that was kept before gets the new kind and reason; with
-- p_stop its case is quarantined for this consumer.
CREATE FUNCTION set_aside(
  p_consumer text, p_topic text, p_partition int, p_offset bigint, p_message uuid, p_case uuid, p_stream uuid,
  p_told int, p_type text, p_body bytea, p_kind text, p_reason text, p_renew boolean, p_stop boolean
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = nrm, pg_temp AS $$
BEGIN
  INSERT INTO parked AS p (consumer, topic, partition_no, offset_no, case_ref, stream, told, message_id,
                           kind, handler, reason, attempts, body)
    VALUES (p_consumer, p_topic, p_partition, p_offset, p_case, p_stream, p_told, p_message,
            p_kind, nullif(p_type, ''), p_reason, 1, p_body)
    ON CONFLICT (consumer, topic, message_id) WHERE message_id IS NOT NULL DO UPDATE
      SET kind = excluded.kind, reason = excluded.reason, attempts = p.attempts + 1 WHERE p_renew;
  IF p_stop AND p_case IS NOT NULL THEN
    INSERT INTO quarantine (consumer, case_ref, reason) VALUES (p_consumer, p_case, p_reason)
      ON CONFLICT (consumer, case_ref) DO UPDATE SET reason = excluded.reason;
  END IF;
END $$;

-- Whether a record without a place in any stream stands aside already, or was dropped.
CREATE FUNCTION stood_aside(p_consumer text, p_message uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = nrm, pg_temp AS $$
  SELECT EXISTS (SELECT FROM parked WHERE consumer = p_consumer AND message_id = p_message)
      OR EXISTS (SELECT FROM dropped WHERE consumer = p_consumer AND message_id = p_message)
$$;

-- Parked messages that have a place, with the count that is next in their stream.
CREATE VIEW parked_placed WITH (security_invoker = true) AS
  SELECT p.*, coalesce(h.told, 0) + 1 AS next_told,
         EXISTS (SELECT FROM quarantine q WHERE q.consumer = p.consumer AND q.case_ref = p.case_ref) AS stopped
  FROM parked p LEFT JOIN heard h USING (consumer, topic, stream)
  WHERE p.told IS NOT NULL AND p.case_ref IS NOT NULL;

-- Cases with a message whose turn has come unseen. One that came too early is asked ever more rarely.
CREATE VIEW parked_ripe WITH (security_invoker = true) AS
  SELECT DISTINCT consumer, case_ref FROM parked_placed
  WHERE NOT stopped AND told <= next_told
    AND (kind IN ('gap', 'dropped')
         OR kind = 'early' AND heard_at + make_interval(secs => attempts ^ 2) < clock_timestamp());

-- What has waited for three seconds for a number that is not here either: its partition is to be
-- heard again from the beginning.
CREATE VIEW parked_gap WITH (security_invoker = true) AS
  SELECT DISTINCT consumer, topic, partition_no FROM parked_placed g
  WHERE kind = 'gap' AND NOT stopped AND heard_at < clock_timestamp() - interval '3 seconds'
    AND NOT EXISTS (SELECT FROM parked n WHERE n.consumer = g.consumer AND n.topic = g.topic
                    AND n.stream = g.stream AND n.told = g.next_told);

-- Ends a quarantine behind which nothing is held any more. True when the case flows.
-- The lock lets messages wait that find the case quarantined at this moment.
CREATE FUNCTION release_case(p_consumer text, p_case uuid)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = nrm, pg_temp AS $$
BEGIN
  PERFORM 1 FROM quarantine WHERE consumer = p_consumer AND case_ref = p_case FOR UPDATE;
  IF NOT FOUND THEN
    RETURN true;
  END IF;
  UPDATE parked p SET kind = 'gap' FROM parked_placed t
    WHERE t.id = p.id AND p.consumer = p_consumer AND p.case_ref = p_case
      AND p.kind = 'behind' AND p.told > t.next_told;
  IF EXISTS (SELECT FROM parked
             WHERE consumer = p_consumer AND case_ref = p_case AND kind IN ('behind', 'poison')) THEN
    RETURN false;
  END IF;
  DELETE FROM quarantine WHERE consumer = p_consumer AND case_ref = p_case;
  RETURN true;
END $$;

-- An operator gives a parked message up. One with a place in its stream stays, marked, until its
-- turn comes and `heard` moves past it; one without a place goes at once.
CREATE FUNCTION drop_parked(p_consumer text, p_message uuid, p_by text)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = nrm, pg_temp AS $$
DECLARE gone parked;
BEGIN
  SELECT * INTO gone FROM parked WHERE consumer = p_consumer AND message_id = p_message FOR UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  INSERT INTO dropped (consumer, message_id, topic, case_ref, stream, told, kind, handler, reason, dropped_by)
    VALUES (gone.consumer, gone.message_id, gone.topic, gone.case_ref, gone.stream, gone.told,
            gone.kind, gone.handler, gone.reason, p_by)
    ON CONFLICT DO NOTHING;
  IF gone.stream IS NULL OR gone.told IS NULL THEN
    DELETE FROM parked WHERE id = gone.id;
  ELSE
    UPDATE parked SET kind = 'dropped' WHERE id = gone.id;
  END IF;
  RETURN true;
END $$;

-- The next rows to tell, in order, without the keys that stand still; bodies in sum not far above
-- p_bytes. `queued` is the real clock of the commit, as it stands in the header.
CREATE FUNCTION unsent_rows(p_topics text[], p_keys uuid[], p_limit int, p_bytes bigint)
RETURNS TABLE (id bigint, topic text, key uuid, message_id uuid, stream uuid, told int, queued text,
               traceparent text, body bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = nrm, pg_temp AS $$
  SELECT b.id, b.topic, b.key, b.message_id, b.stream, b.told,
         to_char(b.queued_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), b.traceparent, b.body
  FROM (
    SELECT n.*, sum(octet_length(n.body)) OVER (ORDER BY n.id) - octet_length(n.body) AS before FROM (
      SELECT * FROM outbox o WHERE o.sent_at IS NULL
        AND (o.topic, o.key) NOT IN (SELECT * FROM unnest(p_topics, p_keys))
      ORDER BY o.id LIMIT p_limit
    ) n
  ) b WHERE b.before < p_bytes ORDER BY b.id
$$;

CREATE FUNCTION follow_log_ends(p_topics text[], p_partitions int[], p_offsets bigint[])
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = nrm, pg_temp AS $$
  INSERT INTO log_end SELECT * FROM unnest(p_topics, p_partitions, p_offsets)
    ON CONFLICT (topic, partition_no) DO UPDATE SET offset_no = excluded.offset_no
$$;

CREATE FUNCTION raise_alarm(p_kind text, p_about text, p_reason text)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = nrm, pg_temp AS $$
  INSERT INTO alarm (kind, about, reason) VALUES (p_kind, p_about, p_reason)
    ON CONFLICT (kind, about) WHERE settled_at IS NULL DO NOTHING
$$;

-- Settles the open alarms of a kind about one thing, or about all that begins so.
CREATE FUNCTION settle_alarms(p_kind text, p_about text)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = nrm, pg_temp AS $$
  UPDATE alarm SET settled_at = clock_timestamp()
    WHERE kind = p_kind AND settled_at IS NULL AND starts_with(about, p_about)
$$;

REVOKE ALL ON FUNCTION hear_many, set_aside, stood_aside, release_case, drop_parked, unsent_rows,
  follow_log_ends, raise_alarm, settle_alarms FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hear_many, set_aside, stood_aside, release_case, drop_parked, settle_alarms TO @app@;
GRANT EXECUTE ON FUNCTION unsent_rows, follow_log_ends, raise_alarm, settle_alarms TO @relay@;
GRANT SELECT ON parked_placed, parked_ripe, parked_gap, dropped, log_end, alarm TO @app@;
GRANT SELECT, INSERT ON refusal TO @app@;
GRANT SELECT ON log_end TO @relay@;
