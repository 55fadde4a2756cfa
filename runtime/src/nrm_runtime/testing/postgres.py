"""Fresh databases for tests: each is a copy of a service's migrated template.

A `conftest.py` takes the fixtures in by importing `fresh` and `templates` from here;
`postgres_url`, the base address of a real PostgreSQL, is a fixture of the workspace.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import pytest_asyncio
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from nrm_runtime.migrate import make_databases, prepare
from nrm_runtime.service import Service
from nrm_runtime.settings import Settings

Fresh: TypeAlias = Callable[[Service], Coroutine[Any, Any, Settings]]


class Templates:
    """Migrated databases, one for each service, from which tests get their copies."""

    def __init__(self, url: str, folder: Path) -> None:
        """Keep templates on the server at `url` for one test run."""
        self._url = make_url(url)
        self._folder = folder
        self._run = secrets.token_hex(3)
        self._ready: dict[str, Settings] = {}

    async def copy(self, service: Service) -> Settings:
        """Give a database of the service that nobody has used."""
        template = self._ready.get(service.name)
        if template is None:
            template = self._settings(service, f"_t{self._run}")
            await prepare(service, template)
            self._ready[service.name] = template
        settings = self._settings(service, f"_{secrets.token_hex(4)}")
        await make_databases(settings, template=template)
        return settings

    async def drop(self, settings: Settings) -> None:
        """Remove a test's databases, whoever is still connected."""
        engine = create_async_engine(self._url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            for name in (settings.database_name, settings.keys_database_name):
                await connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await engine.dispose()

    async def close(self) -> None:
        """Remove the templates."""
        for settings in self._ready.values():
            await self.drop(settings)

    def _settings(self, service: Service, suffix: str) -> Settings:
        return Settings(
            service=service.name,
            environment="development",
            home=self._folder,
            database=self._url,
            kafka="",
            suffix=suffix,
            kek=self._folder / "kek",
            secret=b"invented secret for tests only..",
        )


@pytest.fixture(scope="session")
def templates(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Templates]:
    """Templates of this test run."""
    kept = Templates(postgres_url, tmp_path_factory.mktemp("nrm"))
    yield kept
    asyncio.run(kept.close())


@pytest_asyncio.fixture
async def fresh(templates: Templates) -> AsyncIterator[Fresh]:
    """Give a test migrated databases of any service; they vanish afterwards."""
    used: list[Settings] = []

    async def copy(service: Service) -> Settings:
        used.append(await templates.copy(service))
        return used[-1]

    yield copy
    for settings in used:
        await templates.drop(settings)


__all__ = ["Fresh", "Templates", "fresh", "templates"]
