"""The write side that every service has: tables, functions, grants."""

from alembic import context, op

from nrm_runtime.migrate import install_base, settings_of

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Install it."""
    install_base(op.get_bind(), settings_of(context.config))
