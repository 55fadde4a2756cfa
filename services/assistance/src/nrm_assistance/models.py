"""The tables that assistance shows; rebuilt from its events at any time.

`org` is the one organisation that may see a row, `parties` are several; row-level security reads
them. An organisation's file is its own; that it assists at all is known to custodian and agency.
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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData()


def _event() -> Column[object]:
    return Column("event_id", Uuid, ForeignKey("event.event_id"), nullable=False)


assisted_case = Table(
    "assisted_case",
    metadata,
    Column("case_id", Uuid, primary_key=True),
    Column("person", Uuid, nullable=False),
    Column("custodian", Uuid, nullable=False),
    Column("age", Text, nullable=False),
    Column("door", Text, nullable=False),
    Column("heard_at", DateTime(timezone=True), nullable=False),
    Column("parties", ARRAY(Uuid), nullable=False),
    _event(),
)
"""One row per case heard of."""

assistance = Table(
    "assistance",
    metadata,
    Column("assistance", Uuid, primary_key=True),
    Column("case_id", Uuid, nullable=False, index=True),
    Column("organisation", Uuid, nullable=False),
    Column("state", Text, nullable=False),
    Column("referral", Uuid),
    Column("receiver", Uuid),
    Column("open_supports", Integer, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("parties", ARRAY(Uuid), nullable=False),
    _event(),
)
"""One row per assistance: that it is there and how far it is."""

assistance_file = Table(
    "assistance_file",
    metadata,
    Column("assistance", Uuid, primary_key=True),
    Column("case_id", Uuid, nullable=False),
    Column("immediate", Text, nullable=False),
    Column("immediate_found", ARRAY(Text), nullable=False),
    Column("needs", JSONB, nullable=False),
    Column("safety_review_by", DateTime(timezone=True)),
    Column("org", Uuid, nullable=False),
    _event(),
)
"""What one organisation knows, as codes."""

risk = Table(
    "risk",
    metadata,
    Column("assessment", Uuid, primary_key=True),
    Column("case_id", Uuid, nullable=False),
    Column("assistance", Uuid, nullable=False, index=True),
    Column("subject", Text, nullable=False),
    Column("relative", Uuid),
    Column("phase", Text, nullable=False),
    Column("overall", Text, nullable=False),
    Column("high", ARRAY(Text), nullable=False),
    Column("ratings", JSONB, nullable=False),
    Column("assessed_at", DateTime(timezone=True), nullable=False),
    Column("valid_until", DateTime(timezone=True), nullable=False),
    Column("standing", Text, nullable=False),
    Column("org", Uuid, nullable=False),
    _event(),
)
"""One row per risk assessment; `standing` is valid, replaced or expired."""

plan = Table(
    "plan",
    metadata,
    Column("plan", Uuid, primary_key=True),
    Column("case_id", Uuid, nullable=False),
    Column("assistance", Uuid, nullable=False, index=True),
    Column("items", JSONB, nullable=False),
    Column("giver", Text, nullable=False),
    Column("in_force", Boolean, nullable=False),
    Column("activated_at", DateTime(timezone=True), nullable=False),
    Column("review_by", DateTime(timezone=True), nullable=False),
    Column("org", Uuid, nullable=False),
    _event(),
)
"""One row per assistance plan; the newest of an assistance is in force."""

support = Table(
    "support",
    metadata,
    Column("support", Uuid, primary_key=True),
    Column("case_id", Uuid, nullable=False),
    Column("assistance", Uuid, nullable=False, index=True),
    Column("need", Text, nullable=False),
    Column("setting", Text, nullable=False),
    Column("pillar", Integer, nullable=False),
    Column("subject", Text, nullable=False),
    Column("relative", Uuid),
    Column("state", Text, nullable=False),
    Column("delivered", Integer, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("org", Uuid, nullable=False),
    _event(),
)
"""One row per support and how often it was given."""

document = Table(
    "document",
    metadata,
    Column("document", Uuid, primary_key=True),
    Column("case_id", Uuid, nullable=False),
    Column("assistance", Uuid, nullable=False, index=True),
    Column("original", Uuid),
    Column("kind", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("filed_at", DateTime(timezone=True), nullable=False),
    Column("org", Uuid, nullable=False),
    _event(),
)
"""One row per document or translation; a translation names its original. No content."""

relative = Table(
    "relative",
    metadata,
    Column("relative", Uuid, primary_key=True),
    Column("case_id", Uuid, nullable=False),
    Column("assistance", Uuid, nullable=False, index=True),
    Column("added_at", DateTime(timezone=True), nullable=False),
    Column("org", Uuid, nullable=False),
    _event(),
)
"""One row per relative: an opaque name, nothing more."""

task = Table(
    "task",
    metadata,
    Column("assistance", Uuid, primary_key=True),
    Column("what", Text, primary_key=True),
    Column("about", Uuid, primary_key=True),
    Column("case_id", Uuid, nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("profile", Text, nullable=False),
    Column("standing", Text, nullable=False),
    Column("org", Uuid, nullable=False, index=True),
    _event(),
)
"""One row per dated task: to come, overdue, or over. Nothing is deleted."""
