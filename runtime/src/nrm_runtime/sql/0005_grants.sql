-- Who may do what. Nobody may do anything that is not written here.

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA nrm FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE @owner@ REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
GRANT USAGE ON SCHEMA nrm TO @app@, @relay@, @eraser@, @projector@, @auditor@;

GRANT EXECUTE ON FUNCTION
  append_events, hear, open_payloads, ask_erasure, finish_erasure, refuse_deadline, republish
  TO @app@;
GRANT SELECT ON event, stream_head, outbox, heard, inbox, deadline, erasure, development_clock TO @app@;
GRANT SELECT, INSERT, UPDATE, DELETE ON parked, quarantine, idempotency TO @app@;

GRANT EXECUTE ON FUNCTION mark_sent, republish TO @relay@;
GRANT SELECT ON outbox TO @relay@;

GRANT EXECUTE ON FUNCTION erase TO @eraser@;
GRANT SELECT ON erasure TO @eraser@;

GRANT SELECT ON event, stream_head TO @projector@;
GRANT SELECT ON event, stream_head, outbox, heard, inbox, deadline, erasure TO @auditor@;
