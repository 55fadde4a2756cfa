-- The store of the persons' keys: a database of its own, with short backups.

CREATE TABLE IF NOT EXISTS person_key (
  key_id uuid PRIMARY KEY,
  person uuid NOT NULL UNIQUE,
  kek_version int NOT NULL,
  wrapped bytea NOT NULL
);

CREATE TABLE IF NOT EXISTS forgotten_person (
  person uuid PRIMARY KEY
);
