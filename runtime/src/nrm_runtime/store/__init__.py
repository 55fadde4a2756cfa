"""Streams of events in PostgreSQL: the only truth, with one way in."""
