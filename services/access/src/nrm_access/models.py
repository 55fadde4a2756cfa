"""What access shows: a public list, and what an organisation and its vetters see of it.

`org` is the organisation whose row it is; row-level security reads it. Vetters of a country see
the rows of that country besides: `migrations` adds that to the walls.
"""

from sqlalchemy import (
    JSON,
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


def _event() -> Column[object]:
    return Column("event_id", Uuid, ForeignKey("event.event_id"), nullable=False)


listed = Table(
    "listed",
    metadata,
    Column("organisation", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("languages", ARRAY(Text), nullable=False),
    Column("groups", ARRAY(Text), nullable=False),
    Column("active", Boolean, nullable=False),
    _event(),
    info={"shown_to": EVERYONE},
)
"""The public list: organisations that were active once, and whether they take part now."""

vetter = Table(
    "vetter",
    metadata,
    Column("organisation", Uuid, primary_key=True),
    Column("country", Text, nullable=False),
    _event(),
    info={"shown_to": EVERYONE},
)
"""The active organisations whose workers vet others of their country."""

organisation = Table(
    "organisation",
    metadata,
    Column("org", Uuid, primary_key=True),
    Column("client", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("languages", ARRAY(Text), nullable=False),
    Column("groups", ARRAY(Text), nullable=False),
    Column("duties", ARRAY(Text), nullable=False),
    Column("state", Text, nullable=False),
    Column("terms", Integer, nullable=False),
    Column("terms_at", DateTime(timezone=True)),
    Column("terms_by", Uuid),
    _event(),
)
"""One row per organisation; `duties` are those asked for until it is vetted."""

member = Table(
    "member",
    metadata,
    Column("org", Uuid, primary_key=True),
    Column("worker", Uuid, primary_key=True),
    Column("country", Text, nullable=False),
    Column("duties", ARRAY(Text), nullable=False),
    Column("suspended", Boolean, nullable=False),
    _event(),
)
"""One row per worker: a random id, duties, and whether it may act."""

machine_key = Table(
    "machine_key",
    metadata,
    Column("org", Uuid, primary_key=True),
    Column("key", Uuid, primary_key=True),
    Column("country", Text, nullable=False),
    Column("thumbprint", Text, nullable=False),
    Column("jwk", JSON, nullable=False),
    Column("valid_from", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
    _event(),
)
"""One row per public key."""
