-- What consumers and the relay may do.

-- Marks a message in the inbox, in the transaction of its effect. Answers `apply`, `repeated`, or
-- `early` where an earlier count of that stream is still missing. A second consumer that was
-- thought dead waits on the row and then sees the repetition.
CREATE FUNCTION hear(p_consumer text, p_topic text, p_message uuid, p_stream uuid, p_told int)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = nrm, pg_temp AS $$
DECLARE have int;
BEGIN
  IF p_told < 1 THEN
    RAISE EXCEPTION 'counts begin at 1' USING ERRCODE = 'NR003';
  END IF;
  IF p_told = 1 THEN
    INSERT INTO heard VALUES (p_consumer, p_topic, p_stream, 0) ON CONFLICT DO NOTHING;
  END IF;
  SELECT told INTO have FROM heard
    WHERE consumer = p_consumer AND topic = p_topic AND stream = p_stream FOR UPDATE;
  IF p_told <= have THEN
    RETURN 'repeated';
  ELSIF have IS NULL OR p_told > have + 1 THEN
    RETURN 'early';
  END IF;
  UPDATE heard SET told = p_told WHERE consumer = p_consumer AND topic = p_topic AND stream = p_stream;
  INSERT INTO inbox (consumer, message_id, topic, stream, told)
    VALUES (p_consumer, p_message, p_topic, p_stream, p_told);
  RETURN 'apply';
END $$;

CREATE FUNCTION mark_sent(p_ids bigint[])
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = nrm, pg_temp AS $$
DECLARE marked bigint;
BEGIN
  UPDATE outbox SET sent_at = clock_timestamp() WHERE id = ANY (p_ids) AND sent_at IS NULL;
  GET DIAGNOSTICS marked = ROW_COUNT;
  RETURN marked;
END $$;

-- Clears the marks of a range, so that the relay tells it again. NULL leaves that side open.
CREATE FUNCTION republish(p_topic text, p_first bigint, p_last bigint)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = nrm, pg_temp AS $$
DECLARE cleared bigint;
BEGIN
  UPDATE outbox SET sent_at = NULL
    WHERE sent_at IS NOT NULL AND topic = coalesce(p_topic, topic)
      AND id >= coalesce(p_first, 1) AND id <= coalesce(p_last, id);
  GET DIAGNOSTICS cleared = ROW_COUNT;
  RETURN cleared;
END $$;
