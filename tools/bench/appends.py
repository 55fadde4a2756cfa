"""What bounds a hand-off: pgbench's single-row insert, and the append call without anything else.

Each append stores what accepting a hand-off stores (event, ledger entry, message, deadline), on
a stream of its own, in a transaction of its own. Its arguments are made before the clock starts.
"""

import asyncio
import re
import secrets
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, TypeAlias
from uuid import uuid4

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from nrm_contracts.contract import topic_of
from nrm_contracts.envelope import write_envelope
from nrm_referral.app import service
from nrm_runtime.core import Worker
from nrm_runtime.ledger.entry import BODY, Commitment, make_entry
from nrm_runtime.ledger.values import SALT_BYTES, commitment
from nrm_runtime.migrate import prepare
from nrm_runtime.settings import Settings
from nrm_runtime.store.append import Fact
from nrm_runtime.store.engine import make_engine
from nrm_runtime.store.streams import event_id, message_id, stream_id
from tools.bench.offers import accepted
from tools.bench.stage import BenchFailed, Stage

Arguments: TypeAlias = tuple[object, ...]
Client: TypeAlias = Callable[[Iterator[Arguments]], Awaitable[None]]
"""Does what the shared iterator still gives."""

APPEND: Final = f"SELECT append_events({', '.join(f'${n}' for n in range(1, 27))})"
SUFFIX: Final = "_bench"
POOL: Final = 32
INSERT: Final = """\\set value random(1, 1000000000)
INSERT INTO pgbench_row (value) VALUES (:value);
"""
TABLE: Final = """
CREATE TABLE IF NOT EXISTS pgbench_row (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, value bigint NOT NULL
)
"""
TPS: Final = re.compile(r"^tps = ([0-9.]+) \(without", re.MULTILINE)


@dataclass(slots=True)
class Bare:
    """A database of its own with referral's write side, and connections of the role `app`."""

    stage: Stage
    settings: Settings
    engine: AsyncEngine
    connections: list["asyncpg.Connection[asyncpg.Record]"]

    async def sqlalchemy_per_s(self, clients: int, calls: int) -> float:
        """Call the function so often through SQLAlchemy's pool, by so many clients at once."""

        async def client(work: Iterator[Arguments]) -> None:
            for arguments in work:
                async with self.engine.begin() as tx:
                    await tx.exec_driver_sql(APPEND, arguments)

        return await self._timed(calls, [client] * clients)

    async def asyncpg_per_s(self, clients: int, calls: int) -> float:
        """Call the function so often by the driver alone, each client on its own connection."""

        def on(connection: "asyncpg.Connection[asyncpg.Record]") -> Client:
            async def client(work: Iterator[Arguments]) -> None:
                for arguments in work:
                    await connection.execute(APPEND, *arguments)

            return client

        return await self._timed(calls, [on(one) for one in self.connections[:clients]])

    async def stored(self) -> int:
        """Count the events that are there."""
        return int(await self.connections[0].fetchval("SELECT count(*) FROM event"))

    async def pgbench_per_s(self, clients: int, seconds: int) -> float:
        """Insert single rows for so long by pgbench, each in a transaction."""
        script = self.stage.home / "insert.sql"
        script.write_text(INSERT)
        command = [str(self.stage.database.binaries / "pgbench"), "-n", "-M", "prepared"]
        command += ["-f", str(script), "-c", str(clients), "-j", "1", "-T", str(seconds)]
        command += ["-h", str(self.stage.database.socket), "-U", "postgres"]
        done = await asyncio.to_thread(
            subprocess.run,
            [*command, self.settings.database_name],
            capture_output=True,
            text=True,
            check=False,
        )
        found = TPS.search(done.stdout)
        if done.returncode != 0 or found is None:
            raise BenchFailed(f"pgbench failed: {done.stderr.strip()[-200:]}")
        return float(found[1])

    async def _timed(self, calls: int, run: Sequence[Client]) -> float:
        before, work = await self.stored(), iter(list(hand_offs(calls)))
        begun = time.perf_counter()
        await asyncio.gather(*(client(work) for client in run))
        rate = calls / (time.perf_counter() - begun)
        if await self.stored() - before != calls:
            raise BenchFailed("not every append was stored")
        return rate


@asynccontextmanager
async def bare(stage: Stage) -> AsyncIterator[Bare]:
    """Make the database; the engine and each connection are those of the role `app`."""
    settings = replace(stage.settings("referral"), suffix=SUFFIX)
    await prepare(service(), settings)
    async with stage.looking(settings.database_name) as root:
        await root.execute(TABLE)
    url = settings.database_url("app")
    engine = make_engine(url, pool_size=POOL)
    connections = [
        await asyncpg.connect(
            host=str(url.query["host"]),
            user=url.username,
            database=url.database,
            server_settings={"search_path": "nrm", "jit": "off"},
        )
        for _ in range(POOL)
    ]
    try:
        yield Bare(stage, settings, engine, connections)
    finally:
        await asyncio.gather(*(connection.close() for connection in connections))
        await engine.dispose()


def hand_offs(count: int) -> Iterator[Arguments]:
    """Give the arguments of so many calls, each on a new stream."""
    fact = accepted()
    assert fact.told is not None
    return (_arguments(fact) for _ in range(count))


def _arguments(fact: Fact) -> Arguments:
    told = fact.told
    assert told is not None
    case, command, salt = uuid4(), uuid4(), secrets.token_bytes(SALT_BYTES)
    stream, topic = stream_id("referral", "case", case), topic_of(told)
    event, message = event_id(stream, command, 0), message_id(stream, topic, 1)
    by = Worker(organisation=uuid4(), worker=uuid4(), country="RO", kind="NGO")
    entry = make_entry(
        service="referral",
        event=event,
        stream=stream,
        seq=1,
        prev=None,
        type_=told.name,
        version=told.version,
        occurred_at=fact.occurred_at,
        recorded_at=fact.occurred_at,
        actor=by,
        commitments=[Commitment(part=BODY, hmac=commitment(salt, fact.body))],
        case=case,
        contract=told.data(),
    )
    body = write_envelope(
        told,
        id=message,
        source="/nrm/referral",
        case=case,
        at=fact.occurred_at,
        stream=stream,
        told=1,
        correlation=command,
        causation=None,
    )
    stored = (stream, case, 0, command, [event], [fact.type], [fact.version], [fact.body], [salt])
    documents: Arguments = ([], [], [], [], [], [], by.organisation)
    due = fact.occurred_at + timedelta(hours=24)
    clocks: Arguments = ([], [f"confirm:{case}"], [due], ["IT@1"], ["none"])
    return (*stored, [entry], topic, [message], [body], None, *documents, *clocks)
