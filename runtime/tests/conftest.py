"""Fixtures of the runtime's tests: the toy service on fresh databases."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest_asyncio

from nrm_runtime.migrate import prepare
from nrm_runtime.service import Running, running
from nrm_runtime.testing.postgres import Fresh, Templates, fresh, templates
from runtime.tests import toy

__all__ = ["fresh", "templates"]


@pytest_asyncio.fixture
async def kitchen(fresh: Fresh) -> AsyncIterator[Running]:
    """The toy service with databases that nobody has used."""
    async with running(toy.service(), await fresh(toy.service())) as held:
        yield held


@pytest_asyncio.fixture
async def production(fresh: Fresh, templates: Templates) -> AsyncIterator[Running]:
    """The toy service as production would prepare and run it."""
    development = await fresh(toy.service())
    settings = replace(
        development, environment="production", suffix=f"{development.suffix}_production"
    )
    await prepare(toy.service(), settings)
    async with running(toy.service(), settings) as held:
        yield held
    await templates.drop(settings)
