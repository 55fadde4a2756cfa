"""Alembic's environment, the same for every service."""

from alembic import context

from nrm_runtime.migrate import run_environment

run_environment(context.config)
