"""The tables that access shows, and the walls that let vetters of a country look in."""

from alembic import op

from nrm_access.models import machine_key, member, metadata, organisation
from nrm_runtime.store.tables import create_tables

revision = "access_0001"
down_revision = "0001"
branch_labels = None
depends_on = None

LOOKED_AFTER = """
    CREATE POLICY {table}_looked_after ON {table} FOR SELECT TO nrm_access_app
    USING (country IN (
      SELECT v.country FROM vetter v
      WHERE v.organisation = (SELECT nullif(current_setting('nrm.org', true), '')::uuid)
    ))
"""


def upgrade() -> None:
    """Create them."""
    create_tables(op.get_bind(), "access", metadata)
    for table in (organisation, member, machine_key):
        op.execute(LOOKED_AFTER.format(table=table.name))
