"""The tables that return shows; rebuilt from its events at any time.

`parties` are the organisations that may see a row; row-level security reads it.
"""

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY

metadata = MetaData()


def _seen() -> tuple[Column[object], Column[object]]:
    """Make the two columns of every table: who may see a row, and the event that touched it."""
    return (
        Column("parties", ARRAY(Uuid), nullable=False),
        Column("event_id", Uuid, nullable=False),
    )


def _at(name: str) -> Column[object]:
    return Column(name, DateTime(timezone=True))


known_case = Table(
    "known_case",
    metadata,
    Column("case_id", Uuid, primary_key=True),
    Column("custodian", Uuid),
    Column("agency", Uuid),
    Column("age", Text, nullable=False),
    Column("presumed", Boolean, nullable=False),
    Column("reflection_settled", Boolean, nullable=False),
    Column("closing", Text, nullable=False),
    Column("person", Uuid),
    Column("family", Uuid),
    *_seen(),
)
"""One row per case: what was heard of it. `person` and `family` name keys of the vault."""

return_file = Table(
    "return_file",
    metadata,
    Column("return_id", Uuid, primary_key=True),
    Column("case_id", Uuid, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("destination_country", Text, nullable=False),
    Column("destination", Text, nullable=False),
    Column("requester", Uuid, nullable=False),
    Column("requested_at", DateTime(timezone=True), nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("consent", Uuid),
    _at("consent_until"),
    Column("receiver", Uuid),
    Column("referral", Uuid),
    _at("agreed_at"),
    Column("assessment", Uuid),
    Column("overall", Text),
    Column("residual", Text),
    Column("signed_by", ARRAY(Text), nullable=False),
    Column("disagreement", Boolean, nullable=False),
    _at("risk_until"),
    Column("inquiry", Text, nullable=False),
    Column("inquiry_asked", Uuid),
    Column("inquiry_document", Uuid),
    Column("inquiry_language", Text),
    Column("inquiry_translation", Uuid),
    _at("departs_at"),
    _at("arrives_at"),
    Column("escort", Text),
    _at("lead_by"),
    Column("short_lead", Text, nullable=False),
    _at("departed_at"),
    _at("arrival_by"),
    Column("alarms", Integer, nullable=False),
    _at("plan_by"),
    _at("arrived_at"),
    _at("reassess_by"),
    Column("handed_over", Boolean, nullable=False),
    Column("follow_up", Text, nullable=False),
    Column("responsible", Uuid),
    Column("report_to", Uuid),
    Column("contact_consent", Uuid),
    Column("person", Uuid),
    Column("family", Uuid),
    *_seen(),
)
"""One row per return: its state as a code, and what is on file."""

checklist_item = Table(
    "checklist_item",
    metadata,
    Column("return_id", Uuid, primary_key=True),
    Column("need", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("met", Boolean, nullable=False),
    Column("code", Text, nullable=False),
    Column("late_code", Text, nullable=False),
    _at("until"),
    Column("at_departure", Boolean, nullable=False),
    *_seen(),
)
"""One row per need of a return: whether it is there, and when it grows too old."""

approval = Table(
    "approval",
    metadata,
    Column("return_id", Uuid, primary_key=True),
    Column("country", Text, primary_key=True),
    Column("organisation", Uuid, nullable=False),
    Column("approved_at", DateTime(timezone=True), nullable=False),
    *_seen(),
)
"""One row per country that approved, as long as its word stands."""

appointment = Table(
    "appointment",
    metadata,
    Column("return_id", Uuid, primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("what", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("case_id", Uuid, nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("responsible", Uuid, nullable=False),
    Column("report_to", Uuid, nullable=False),
    Column("kept", Boolean, nullable=False),
    Column("overdue", Boolean, nullable=False),
    Column("tries", Integer, nullable=False),
    *_seen(),
)
"""One row per contact and per report that was agreed; an overdue one is seen by both sides."""

contact = Table(
    "contact",
    metadata,
    Column("return_id", Uuid, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("what", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("outcome", Text),
    Column("document", Uuid),
    Column("organisation", Uuid, nullable=False),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    *_seen(),
)
"""One row per contact that was made or tried and per report sent; nothing is overwritten."""

task = Table(
    "task",
    metadata,
    Column("return_id", Uuid, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("case_id", Uuid, nullable=False),
    Column("what", Text, nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("overdue", Boolean, nullable=False),
    Column("responsible", Uuid),
    *_seen(),
)
"""One row per deadline that runs, or that passed and is still owed."""
