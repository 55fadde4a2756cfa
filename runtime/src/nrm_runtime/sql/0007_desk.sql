-- What the pages of a service keep of the people who sit at them: who is signed in, and what they
-- have begun to write. Nothing here can be used by somebody who only holds the rows: ids are hashes
-- of what the browser holds, tokens and drafts are sealed with a key that no database sees.

CREATE TABLE desk_attempt (               -- a sign-in that has begun; taken once, by its callback
  id bytea PRIMARY KEY,                   -- SHA-256 of its `state`
  sealed bytea NOT NULL,
  ends_at timestamptz NOT NULL
);
CREATE INDEX desk_attempt_ends ON desk_attempt (ends_at);

CREATE TABLE desk_session (
  id bytea PRIMARY KEY,                   -- SHA-256 of what the cookie holds
  worker uuid NOT NULL,
  organisation uuid NOT NULL,
  sealed bytea NOT NULL,                  -- tokens, name
  acr text NOT NULL,
  provider_session text,                  -- the provider's `sid`, for sign-out everywhere
  begun_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL
);
CREATE INDEX desk_session_provider ON desk_session (provider_session);
CREATE INDEX desk_session_ends ON desk_session (ends_at);

CREATE TABLE desk_draft (
  id uuid PRIMARY KEY,
  organisation uuid NOT NULL,
  worker uuid NOT NULL,                   -- whose draft it is; nobody else's
  case_ref uuid,
  operation text NOT NULL,
  target jsonb NOT NULL,
  sealed bytea NOT NULL,                  -- what was typed
  etag text,
  step text NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'sent')),
  result text,
  made_at timestamptz NOT NULL,
  touched_at timestamptz NOT NULL
);
CREATE INDEX desk_draft_of ON desk_draft (worker, touched_at);
CREATE INDEX desk_draft_touched ON desk_draft (touched_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON desk_attempt, desk_session, desk_draft TO @app@;
