"""The tables that notifications shows and works from."""

from sqlalchemy import Boolean, Column, DateTime, ForeignKey, Integer, MetaData, Table, Text, Uuid

metadata = MetaData()

notice = Table(
    "notice",
    metadata,
    Column("notice", Uuid, primary_key=True),
    Column("org", Uuid, nullable=False, index=True),
    Column("case_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("about", Uuid, nullable=False),
    Column("act_by", DateTime(timezone=True)),
    Column("queued_at", DateTime(timezone=True)),
    Column("remind_at", DateTime(timezone=True)),
    Column("state", Text, nullable=False),
    Column("planned", Boolean, nullable=False),
    Column("event_id", Uuid, ForeignKey("event.event_id"), nullable=False),
)
"""One row per notice; the inbox of an organisation is those that are queued or acknowledged."""

delivery = Table(
    "delivery",
    metadata,
    Column("notice", Uuid, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("org", Uuid, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("again_at", DateTime(timezone=True), nullable=False),
    Column("event_id", Uuid, ForeignKey("event.event_id"), nullable=False),
)
"""One row per notice and channel beside the inbox: open, sent, or failed for good."""
