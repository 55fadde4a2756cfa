"""Fixtures of the ledger's tests: a log on a fresh database, and a real signer on a socket."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from nrm_ledger.app import service
from nrm_ledger.domain.checkpoint import Checkpoint, open_checkpoint
from nrm_ledger.domain.keys import VerifierKey
from nrm_ledger.domain.verify import Verified, verify_folder
from nrm_ledger.handlers import TOPIC, store_entries
from nrm_ledger.sequencer import Sequencer
from nrm_ledger.signer import Memory, SignerClient, serve
from nrm_runtime.broker.hears import Hearing
from nrm_runtime.broker.letter import Letter
from nrm_runtime.ledger import read_entry
from nrm_runtime.service import Running, running
from nrm_runtime.settings import Settings
from nrm_runtime.store.engine import candidacy, make_election_engine
from nrm_runtime.testing.postgres import Fresh, Templates, fresh, templates
from services.ledger.tests.sample import KEY, Files

__all__ = ["fresh", "templates"]


def letter(raw: bytes, offset: int = 0) -> Letter:
    """Make the record that carries an entry, as the relay does."""
    entry = read_entry(raw)
    return Letter(
        topic=TOPIC,
        partition=0,
        offset=offset,
        message=entry.event,
        named=True,
        case=entry.case or entry.stream,
        stream=entry.stream,
        told=entry.seq,
        type=entry.type,
        stored_at=None,
        traceparent=None,
        body=raw,
    )


@dataclass
class Log:
    """A ledger without its processes: its database, its signer, its ears."""

    running: Running
    root: AsyncEngine  # the superuser, who may do everything
    memory: Memory
    signer: SignerClient
    hearing: Hearing

    async def hear(self, entries: Sequence[bytes]) -> None:
        """Take entries in as a worker does."""
        await self.hearing.take([letter(raw, number) for number, raw in enumerate(entries)])

    @contextlib.asynccontextmanager
    async def sequencer(self) -> AsyncIterator[Sequencer]:
        """Give a sequencer that nobody elected, on a connection of its own."""
        engine = make_election_engine(self.running.settings.database_url("sequencer"))
        async with candidacy(engine) as office:
            yield Sequencer(office, self.signer)
        await engine.dispose()

    async def sequence(self) -> None:
        """Give every entry its place and have it signed."""
        async with self.sequencer() as sequencer:
            await sequencer.adopt()
            await sequencer.meet()
            while await sequencer.grow():
                await sequencer.sign()
            if sequencer.unsigned:
                await sequencer.sign()

    async def ask(self, statement: str, *values: object) -> list[Any]:
        """Ask or change anything, as the superuser, with all triggers off."""
        async with self.root.begin() as connection:
            await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            found = await connection.exec_driver_sql(statement, values)
            return list(found.all()) if found.returns_rows else []

    @property
    def key(self) -> VerifierKey:
        return self.memory.verifier


async def exported_by(get: Any, key: VerifierKey) -> Files:
    """Download a whole log: `get` gives the bytes at a path."""
    from nrm_ledger.domain.tiles import tiles_of  # noqa: PLC0415

    note = await get("checkpoint")
    files = Files(vkey=await get("log/vkey"), checkpoint=note)
    for tile in tiles_of(open_checkpoint(note, key).size):
        files[tile.path] = await get(tile.path)
    return files


@contextlib.asynccontextmanager
async def log_on(database: Settings, folder: Path) -> AsyncIterator[Log]:
    """Run a log on a database that nobody used, with a signer that has signed nothing."""
    stopping = asyncio.Event()
    memory = Memory(folder / "signer", KEY.name)
    root = create_async_engine(
        database.database.set(database=database.database_name),
        poolclass=NullPool,
        connect_args={"server_settings": {"search_path": "nrm"}},
    )
    with tempfile.TemporaryDirectory(prefix="nrm-") as short:
        socket = Path(short) / "signer"
        serving = asyncio.create_task(serve(memory, socket, stopping))
        async with running(service(), replace(database, signer=socket)) as held:
            hearing = Hearing("ledger", held.app, {TOPIC: store_entries})
            while not socket.exists():
                await asyncio.sleep(0.01)
            yield Log(held, root, memory, SignerClient(socket), hearing)
        stopping.set()
        await serving
    memory.close()
    await root.dispose()


@pytest_asyncio.fixture
async def log(fresh: Fresh, tmp_path: Path) -> AsyncIterator[Log]:
    """An empty log for one test."""
    async with log_on(await fresh(service()), tmp_path) as found:
        yield found


@dataclass
class LongLog:
    """A log that lives through all examples of a property, on a loop of its own."""

    log: Log
    run: Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture
def long_log(templates: Templates, tmp_path: Path) -> Iterator[LongLog]:
    """An empty log for a property test."""
    with asyncio.Runner() as runner:
        database = runner.run(templates.copy(service()))
        held = log_on(database, tmp_path)
        yield LongLog(runner.run(held.__aenter__()), runner.run)
        runner.run(held.__aexit__(None, None, None))
        runner.run(templates.drop(database))


def verified(files: Files, key: VerifierKey, since: Checkpoint | None = None) -> Verified:
    """Verify an export."""
    return verify_folder(files, key, since)
