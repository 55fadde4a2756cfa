"""What the pages of every service keep: sessions and drafts."""

from alembic import context, op

from nrm_runtime.migrate import install_desk, settings_of

revision = "runtime_0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create it."""
    install_desk(op.get_bind(), settings_of(context.config))
