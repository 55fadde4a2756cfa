"""The tables that assistance shows."""

from alembic import op

from nrm_assistance.models import metadata
from nrm_runtime.store.tables import create_tables

revision = "assistance_0001"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create them."""
    create_tables(op.get_bind(), "assistance", metadata)
