"""The read side of the toy service."""

from alembic import context, op

from nrm_runtime.store.tables import create_tables

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create it."""
    create_tables(op.get_bind(), "toy", context.config.attributes["metadata"])
