"""Fixtures of the pages' tests."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from nrm_runtime.settings import Settings
from nrm_runtime.testing.postgres import Templates, fresh, templates
from pages.tests.house import SERVICES, Browser, House, bare, house_of

__all__ = ["fresh", "templates"]


@pytest.fixture(scope="session")
def databases(templates: Templates) -> Iterator[dict[str, Settings]]:
    """The databases of the desks, for one run; each house begins with empty tables."""

    async def copies() -> dict[str, Settings]:
        return {name: await templates.copy(bare(name)) for name in SERVICES}

    async def drop(found: dict[str, Settings]) -> None:
        for settings in found.values():
            await templates.drop(settings)

    made = asyncio.run(copies())
    yield made
    asyncio.run(drop(made))


@pytest_asyncio.fixture
async def house(databases: dict[str, Settings], tmp_path: Path) -> AsyncIterator[House]:
    """A provider and two desks."""
    async with house_of(databases, tmp_path) as found:
        yield found


@pytest_asyncio.fixture
async def browser(house: House) -> AsyncIterator[Browser]:
    """A browser that was nowhere yet."""
    made = Browser(house)
    yield made
    await made.http.aclose()
