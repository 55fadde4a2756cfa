"""The log: entries as heard, their leaves, the tree and its signed checkpoints."""

from pathlib import Path

from alembic import context, op

from nrm_runtime.migrate import run_scripts, settings_of

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCRIPT = Path(__file__).parent.parent / "0002_ledger.sql"


def upgrade() -> None:
    """Create it."""
    run_scripts(op.get_bind(), settings_of(context.config), [SCRIPT])
