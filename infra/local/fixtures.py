"""Test fixtures: one private PostgreSQL and one private Kafka per test run, started when asked for.

They run in a folder of their own, apart from any copy that is up. What a killed test run left
behind is ended and removed by the next one. Tests that kill an engine start one of their own.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest

from infra.local import kafka, postgres
from infra.local.home import fingerprint, socket_folder

PREFIX = "nrm-test-"

T = TypeVar("T")


def outside(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a thread and a loop of its own, away from the tests' loops."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def remove(home: Path) -> None:
    """End the engines of a data folder, then forget the folder and its sockets."""
    await postgres.end_leftover(postgres.folder_of(home) / "data")
    await kafka.end_leftover(home / "kafka")
    for folder in (home, socket_folder(home), postgres.folder_of(home).parent):
        if folder == home or folder.name == f"nrm-{fingerprint(home)}":
            shutil.rmtree(folder, ignore_errors=True)


async def _remove_abandoned() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        pid = folder.name.removeprefix(PREFIX).partition("-")[0]
        mine = folder.stat().st_uid == os.geteuid()
        if mine and pid.isdigit() and not psutil.pid_exists(int(pid)):
            await remove(folder)


@pytest.fixture(scope="session")
def engines_home() -> Iterator[Path]:
    """The data folder of this run's engines."""
    outside(_remove_abandoned())
    home = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    yield home
    outside(remove(home))


@pytest.fixture(scope="session")
def postgres_url(engines_home: Path) -> Iterator[str]:
    """The superuser's URL of this run's PostgreSQL, for SQLAlchemy with asyncpg; fsync is off."""
    server = outside(postgres.start(engines_home, durable=False))
    yield server.url
    outside(server.stop())


@pytest.fixture(scope="session")
def kafka_bootstrap(engines_home: Path) -> Iterator[str]:
    """The address of this run's broker. It has no topics: tests make theirs, under a prefix."""
    broker = outside(kafka.start(engines_home))
    yield broker.bootstrap
    outside(broker.stop())
