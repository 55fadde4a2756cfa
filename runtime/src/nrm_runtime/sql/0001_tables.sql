-- The write side of a service. Owned by @owner@; nobody else inserts, updates or deletes here
-- but through the functions of the files that follow.

CREATE TABLE stream_head (
  stream uuid PRIMARY KEY,
  case_ref uuid,                          -- absent where a stream belongs to no case
  seq int NOT NULL,                       -- events so far, gap-free
  told int NOT NULL,                      -- messages so far on the service's own topic, gap-free
  entry_hash bytea,                       -- leaf hash of the last entry
  recorded_at timestamptz NOT NULL        -- never falls within a stream
) WITH (fillfactor = 70);

CREATE TABLE event (
  pos bigint GENERATED ALWAYS AS IDENTITY,
  event_id uuid PRIMARY KEY,
  command_id uuid NOT NULL,
  stream uuid NOT NULL REFERENCES stream_head,
  seq int NOT NULL CHECK (seq > 0),
  type text NOT NULL,
  schema_version int NOT NULL CHECK (schema_version > 0),
  body bytea NOT NULL,                    -- the exact bytes that were committed to
  body_salt bytea NOT NULL CHECK (octet_length(body_salt) = 32),
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  entry bytea NOT NULL,
  entry_hash bytea NOT NULL,
  UNIQUE (stream, seq)
);
CREATE UNIQUE INDEX event_pos ON event (pos);

CREATE TABLE payload (                    -- private documents, deletable
  event_id uuid NOT NULL REFERENCES event,
  part text NOT NULL,
  case_ref uuid,
  person uuid NOT NULL,
  category text NOT NULL,                 -- exactly one data category
  written_by uuid,                        -- organisation; absent for an automatic act
  key_id uuid NOT NULL,
  schema_version int NOT NULL,
  salt bytea NOT NULL,
  ciphertext bytea NOT NULL,
  PRIMARY KEY (event_id, part)
);
CREATE INDEX payload_case ON payload (case_ref);
CREATE INDEX payload_person ON payload (person);

CREATE TABLE erasure (                    -- a tombstone: from its commit on nothing is written or read
  person uuid PRIMARY KEY,
  case_ref uuid,
  org uuid,
  worker uuid,
  ground text NOT NULL,
  asked_at timestamptz NOT NULL,
  destroyed_at timestamptz,
  told_at timestamptz
);

CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  message_id uuid NOT NULL,
  topic text NOT NULL,
  key uuid NOT NULL,                      -- the case, or the stream where there is none
  stream uuid NOT NULL,
  told int NOT NULL,
  traceparent text,
  body bytea NOT NULL CHECK (octet_length(body) < 900000),
  queued_at timestamptz NOT NULL DEFAULT clock_timestamp(),   -- the real clock: lag is counted from here
  sent_at timestamptz,
  UNIQUE (topic, message_id),
  UNIQUE (topic, stream, told)
);
CREATE INDEX outbox_unsent ON outbox (id) WHERE sent_at IS NULL;

CREATE TABLE heard (
  consumer text NOT NULL,
  topic text NOT NULL,
  stream uuid NOT NULL,
  told int NOT NULL,
  PRIMARY KEY (consumer, topic, stream)
) WITH (fillfactor = 70);

CREATE TABLE inbox (
  consumer text NOT NULL,
  message_id uuid NOT NULL,
  topic text NOT NULL,
  stream uuid NOT NULL,
  told int NOT NULL,
  heard_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (consumer, message_id)
);

CREATE TABLE quarantine (
  consumer text NOT NULL,
  case_ref uuid NOT NULL,
  since timestamptz NOT NULL DEFAULT clock_timestamp(),
  reason text NOT NULL,
  PRIMARY KEY (consumer, case_ref)
);

CREATE TABLE parked (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  consumer text NOT NULL,
  topic text NOT NULL,
  partition_no int NOT NULL,
  offset_no bigint NOT NULL,
  case_ref uuid,                          -- these four are absent where the record cannot be read
  stream uuid,
  told int,
  message_id uuid,
  kind text NOT NULL,                     -- gap, early, behind, poison
  handler text,
  reason text NOT NULL,
  attempts int NOT NULL DEFAULT 0,
  body bytea,
  heard_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX parked_message ON parked (consumer, topic, message_id) WHERE message_id IS NOT NULL;
-- The body stands in the key because a log that was wiped counts its offsets from 0 again.
CREATE UNIQUE INDEX parked_unreadable ON parked (consumer, topic, partition_no, offset_no, sha256(coalesce(body, '')))
  WHERE message_id IS NULL;
CREATE INDEX parked_case ON parked (consumer, case_ref, id);

CREATE TABLE deadline (
  stream uuid NOT NULL REFERENCES stream_head,
  name text NOT NULL,
  due_at timestamptz NOT NULL,
  profile_version text NOT NULL,
  calendar_version text NOT NULL,
  refused text,                           -- why the machine would not have it; nobody asks it again
  refused_at timestamptz,
  PRIMARY KEY (stream, name)
);
CREATE INDEX deadline_due ON deadline (due_at, stream, name) WHERE refused IS NULL;

CREATE TABLE idempotency (
  org uuid NOT NULL,
  key text NOT NULL,
  fingerprint bytea NOT NULL,
  case_ref uuid,
  status int,
  body text,                              -- text: jsonb would change its bytes
  etag text,
  location text,
  made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (org, key)
);
CREATE INDEX idempotency_age ON idempotency (made_at);

CREATE TABLE development_clock (          -- one row at most; it only grows
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  offset_s bigint NOT NULL CHECK (offset_s >= 0)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = nrm, pg_temp AS $$
BEGIN
  RAISE EXCEPTION '% of % is refused: what was recorded stays', TG_OP, TG_TABLE_NAME USING ERRCODE = 'NR005';
END $$;

CREATE TRIGGER event_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON event
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER inbox_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON inbox
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER outbox_stays BEFORE DELETE OR TRUNCATE ON outbox
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
