"""From a command of another service to a signed checkpoint, over real engines and processes.

The ledger's worker runs as processes of its own and is killed while entries are on their way;
everything is told twice. In the end the log holds each event of the teller once, and verifies.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio

from nrm_ledger.domain.bundle import folder_files
from nrm_ledger.domain.checkpoint import open_checkpoint
from nrm_ledger.domain.verify import verify_folder
from nrm_ledger.handlers import TOPIC
from nrm_runtime.broker.parking import republish
from nrm_runtime.service import Running, running
from nrm_runtime.testing.postgres import Fresh
from runtime.tests import toy
from runtime.tests.acts import rows
from runtime.tests.wires import (
    free_port,
    make_topics,
    new_cases,
    new_prefix,
    relaying,
    tell,
    unsent,
    until,
)
from services.ledger.tests.conftest import Log
from services.ledger.tests.sample import Files

pytestmark = pytest.mark.integration


@pytest_asyncio.fixture
async def teller(fresh: Fresh) -> AsyncIterator[Running]:
    """A service that has something to tell."""
    async with running(toy.service(), await fresh(toy.service())) as held:
        yield held


@contextlib.asynccontextmanager
async def worker(
    log: Log, bootstrap: str, prefix: str, folder: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the ledger's worker; what is left of it at the end is killed."""
    settings = log.running.settings
    environment = os.environ | {
        "NRM_ENV": "development",
        "NRM_HOME": str(settings.home),
        "NRM_KEK": str(settings.kek),
        "NRM_DATABASE_URL": settings.database.render_as_string(hide_password=False),
        "NRM_DATABASE_SUFFIX": settings.suffix,
        "NRM_KAFKA": bootstrap,
        "NRM_TOPIC_PREFIX": prefix,
        "NRM_SIGNER": str(settings.signer),
        "NRM_LISTEN": f"127.0.0.1:{free_port()}",
    }
    with (folder / "worker.log").open("ab") as said:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "nrm_ledger", "worker"),
            env=environment,
            stdout=said,
            stderr=said,
        )
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def places(log: Log) -> int:
    return len(await log.ask("SELECT 1 FROM leaf"))


async def test_every_event_is_in_the_log_once_though_workers_die_and_all_is_told_twice(
    log: Log, teller: Running, kafka_bootstrap: str, tmp_path: Path
) -> None:
    prefix, cases = new_prefix(), new_cases(9)
    await make_topics(kafka_bootstrap, prefix + TOPIC, prefix + "nrm.toy")
    async with relaying(teller, kafka_bootstrap, prefix):
        async with worker(log, kafka_bootstrap, prefix, tmp_path) as process:
            telling = asyncio.create_task(tell(teller, cases, each=20))
            await until(lambda: _more_than(log, 10))
            process.send_signal(signal.SIGKILL)
            await process.wait()
        in_flight = await places(log)
        async with (
            worker(log, kafka_bootstrap, prefix, tmp_path),
            worker(log, kafka_bootstrap, prefix, tmp_path),
        ):
            await telling
            async with teller.app.begin() as tx:
                await republish(tx)
            await tell(teller, cases)
            await until(lambda: _all_signed(log, teller))
    assert in_flight < await places(log)
    await whole(log, teller)


async def _more_than(log: Log, count: int) -> bool:
    return await places(log) > count


async def _all_signed(log: Log, teller: Running) -> bool:
    signed = await log.ask("SELECT max(size) AS size FROM checkpoint")
    events = await rows(teller, "SELECT count(*) FROM event")
    return not await unsent(teller) and signed[0].size == events[0][0]


async def whole(log: Log, teller: Running) -> None:
    """Hold that the log has exactly the teller's entries, in its bytes, and verifies."""
    found = await log.ask("SELECT bytes FROM leaf JOIN entry USING (event_id) ORDER BY idx")
    entries = [bytes(row.bytes) for row in found]
    told = await rows(teller, "SELECT entry FROM event")
    assert len(entries) == len(told)
    assert set(entries) == {bytes(row[0]) for row in told}
    notes = [bytes(row.note) for row in await log.ask("SELECT note FROM checkpoint ORDER BY size")]
    history = [open_checkpoint(note, log.key) for note in notes]
    files = Files(folder_files(entries, notes[-1], log.key))
    verified = verify_folder(files, log.key, history[0], history=history)
    cases: set[UUID] = {row[0] for row in await rows(teller, "SELECT stream FROM stream_head")}
    assert verified.streams == len(cases)
    assert await log.ask("SELECT 1 FROM parked") == []
    assert await log.ask("SELECT 1 FROM quarantine") == []
