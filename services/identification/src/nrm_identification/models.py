"""The tables that identification shows; rebuilt from its events at any time.

`parties` are the organisations that may see a row; row-level security reads it.
"""

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY

from nrm_runtime.store.tables import EVERYONE

metadata = MetaData()

victim_status = Table(
    "victim_status",
    metadata,
    Column("case_id", Uuid, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("person", Uuid, nullable=False),
    Column("country", Text, nullable=False),
    Column("recorder", Uuid, nullable=False),
    Column("custodian", Uuid, nullable=False),
    Column("age", Text, nullable=False),
    Column("identification", Text, nullable=False),
    Column("reflection", Text, nullable=False),
    Column("reflection_began_at", DateTime(timezone=True)),
    Column("reflection_ends_by", DateTime(timezone=True)),
    Column("rights_explained", Boolean, nullable=False),
    Column("advice", Text),
    Column("notice_by", DateTime(timezone=True)),
    Column("closure", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("parties", ARRAY(Uuid), nullable=False),
    Column("event_id", Uuid, ForeignKey("event.event_id"), nullable=False),
)
"""One row per case: where identification and reflection stand."""

case_code = Table(
    "case_code",
    metadata,
    Column("code", Text, primary_key=True),
    Column("case_id", Uuid, nullable=False),
    Column("event_id", Uuid, ForeignKey("event.event_id"), nullable=False),
    info={"shown_to": EVERYONE},
)
"""The code that people see and the id that messages carry; queries ask who wants to know."""

indicator_result = Table(
    "indicator_result",
    metadata,
    Column("case_id", Uuid, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("indicators", Text, nullable=False),
    Column("list_version", Integer, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("organisation", Uuid, nullable=False),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("parties", ARRAY(Uuid), nullable=False),
    Column("event_id", Uuid, ForeignKey("event.event_id"), nullable=False),
)
"""One row per list of indicators gone through; nothing is overwritten."""
