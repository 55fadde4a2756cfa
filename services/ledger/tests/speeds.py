"""How fast the log is: the sequencer, and a verified replay beside a bare one. For the bench.

Each function says a rate per second, measured on a database that it first fills with invented
entries. Compare rates of one run only.
"""

import gc
import json
import time
from collections.abc import AsyncIterator, Iterator

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from nrm_ledger.domain.merkle import leaf_hash
from nrm_ledger.domain.verify import Replay
from nrm_ledger.sequencer import Sequencer
from nrm_ledger.signer import SignerClient
from nrm_runtime.ledger.bulk import read_line
from services.ledger.tests.sample import sample

AT_ONCE = 1000

_STORE = "SELECT store_entries($1, $2, $3, $4, $5, $6, $7)"
_READ = (
    "SELECT bytes FROM leaf JOIN entry USING (event_id) WHERE idx >= $1 AND idx < $2 ORDER BY idx"
)


async def fill(app: AsyncEngine, count: int) -> None:
    """Store `count` invented entries of about 800 bytes that nobody sequenced, as role `app`."""
    for batch in _batches(count):
        lines = [read_line(raw) for raw in batch]
        async with app.begin() as tx:
            await tx.exec_driver_sql(
                _STORE,
                (
                    [line.event for line in lines],
                    [line.case for line in lines],
                    [line.stream for line in lines],
                    [line.seq for line in lines],
                    [None if line.prev is None else bytes.fromhex(line.prev) for line in lines],
                    [line.service for line in lines],
                    batch,
                ),
            )


async def sequencer_per_s(office: AsyncConnection, signer: SignerClient) -> float:
    """Sequence and sign all that waits, in batches of 500, each with its checkpoint."""
    sequencer = Sequencer(office, signer)
    await sequencer.adopt()
    await sequencer.meet()
    begun, first = time.perf_counter(), sequencer.frontier.size
    while await sequencer.grow():
        await sequencer.sign()
    return (sequencer.frontier.size - first) / (time.perf_counter() - begun)


async def replay_verified_per_s(tx: AsyncConnection, count: int, root: bytes) -> float:
    """Read, hash, parse strictly, follow every stream and compute the root; hold it equal."""
    gc.collect()
    begun, replay = time.perf_counter(), Replay()
    async for batch in _read(tx, count):
        replay.take("log", batch, [leaf_hash(raw) for raw in batch])
    rate = count / (time.perf_counter() - begun)
    assert replay.frontier.size == count
    assert replay.frontier.root() == root
    return rate


async def replay_bare_per_s(tx: AsyncConnection, count: int) -> float:
    """Read, hash each leaf, parse the JSON, nothing else."""
    gc.collect()
    begun, seen = time.perf_counter(), 0
    async for batch in _read(tx, count):
        for raw in batch:
            leaf_hash(raw)
            json.loads(raw)
        seen += len(batch)
    assert seen == count
    return count / (time.perf_counter() - begun)


async def _read(tx: AsyncConnection, count: int) -> AsyncIterator[list[bytes]]:
    raw = await tx.get_raw_connection()
    driver = raw.driver_connection
    assert isinstance(driver, asyncpg.Connection)
    for start in range(0, count, AT_ONCE):
        found = await driver.fetch(_READ, start, min(start + AT_ONCE, count))
        yield [row[0] for row in found]


def _batches(count: int) -> Iterator[list[bytes]]:
    entries = sample(count)
    for start in range(0, count, AT_ONCE):
        yield entries[start : start + AT_ONCE]
