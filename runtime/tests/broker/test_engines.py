"""Engines that die, freeze and lose their data: noticed, waited for, healed; nothing quarantined.

Each test has engines of its own, with fsync on.
"""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy.engine import make_url

from infra.local import kafka, postgres
from infra.local.fixtures import remove
from nrm_runtime.broker.parking import republish
from nrm_runtime.migrate import prepare
from nrm_runtime.service import Running, running
from nrm_runtime.settings import Settings
from runtime.tests import toy
from runtime.tests.acts import rows
from runtime.tests.wires import (
    TOPIC,
    assert_once_and_in_order,
    count,
    events,
    filling,
    listening,
    make_topics,
    new_cases,
    quarantined,
    relaying,
    settled,
    tell,
    unsent,
    until,
)

pytestmark = [pytest.mark.integration, pytest.mark.fault]

LEDGER = "nrm.ledger"


@pytest_asyncio.fixture
async def home() -> AsyncIterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=f"nrm-test-{os.getpid()}-"))
    yield folder
    await remove(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture
async def broker(home: Path) -> AsyncIterator[kafka.Kafka]:
    engine = await kafka.start(home)
    await make_topics(engine.bootstrap, TOPIC, LEDGER)
    yield engine
    await engine.kill()


@pytest_asyncio.fixture
async def database(home: Path) -> AsyncIterator[postgres.Postgres]:
    engine = await postgres.start(home, durable=True)
    yield engine
    await engine.kill()


@pytest_asyncio.fixture
async def teller(database: postgres.Postgres, home: Path) -> AsyncIterator[Running]:
    async with running(toy.service(), await _prepared(database, home, "_one")) as held:
        yield held


@pytest_asyncio.fixture
async def hearer(database: postgres.Postgres, home: Path) -> AsyncIterator[Running]:
    async with running(toy.service(), await _prepared(database, home, "_two")) as held:
        yield held


async def _prepared(database: postgres.Postgres, home: Path, suffix: str) -> Settings:
    settings = Settings(
        service="toy",
        environment="development",
        home=home,
        database=make_url(database.url),
        kafka="",
        suffix=suffix,
        kek=home / "kek",
        secret=b"invented secret for tests only..",
    )
    await prepare(toy.service(), settings)
    return settings


async def test_a_killed_postmaster_is_waited_for_and_nothing_is_quarantined(
    teller: Running, hearer: Running, broker: kafka.Kafka, database: postgres.Postgres
) -> None:
    cases = new_cases(8)
    await tell(teller, cases, each=12)
    async with (
        relaying(teller, broker.bootstrap, ""),
        listening(hearer, broker.bootstrap, "", filling(hearer)),
    ):
        for _ in range(2):
            await until(partial(_more_events, hearer, await events(hearer)), every_s=0.005)
            await database.kill()
            await asyncio.sleep(1.5)
            await database.start()
        await until(lambda: settled(teller, hearer), 90)
        assert await quarantined(hearer) == set()
        await assert_once_and_in_order(teller, hearer)


async def test_a_killed_and_a_frozen_broker_cost_time_and_nothing_else(
    teller: Running, hearer: Running, broker: kafka.Kafka
) -> None:
    cases = new_cases(6)
    async with (
        relaying(teller, broker.bootstrap, "") as relay,
        listening(hearer, broker.bootstrap, "", filling(hearer)),
    ):
        await tell(teller, cases, each=2)
        await until(lambda: settled(teller, hearer))
        await broker.kill()
        await tell(teller, cases, each=3)
        await asyncio.sleep(2)
        assert await unsent(teller) > 0
        assert not relay.stops.until, "no key is to blame for a broker that is away"
        await broker.start()
        await until(lambda: settled(teller, hearer), 90)
        os.kill(broker.pid, signal.SIGSTOP)
        await tell(teller, cases, each=3)
        await asyncio.sleep(5)
        os.kill(broker.pid, signal.SIGCONT)
        await until(lambda: settled(teller, hearer), 90)
        await assert_once_and_in_order(teller, hearer)
        assert await count(teller, "SELECT count(*) FROM alarm") == 0


async def test_what_starts_while_the_broker_is_away_works_as_soon_as_it_comes(
    teller: Running, hearer: Running, broker: kafka.Kafka
) -> None:
    await broker.stop()
    await tell(teller, new_cases(3), each=2)
    async with (
        relaying(teller, broker.bootstrap, ""),
        listening(hearer, broker.bootstrap, "", filling(hearer)) as ears,
    ):
        await asyncio.sleep(3)
        assert not ears.ready.is_set()
        await broker.start()
        await until(lambda: settled(teller, hearer), 60)
    await assert_once_and_in_order(teller, hearer)


async def test_a_wiped_broker_is_noticed_by_itself_and_healed_by_telling_again(
    teller: Running, hearer: Running, broker: kafka.Kafka
) -> None:
    cases = new_cases(5)
    async with (
        relaying(teller, broker.bootstrap, ""),
        listening(hearer, broker.bootstrap, "", filling(hearer)),
    ):
        await tell(teller, cases, each=3)
        await until(lambda: settled(teller, hearer))
        os.kill(broker.pid, signal.SIGSTOP)  # what follows is on nobody's ears when the disk goes
        await broker.wipe()
        await broker.start()
        await make_topics(broker.bootstrap, TOPIC, LEDGER)
        await tell(teller, cases)
        await until(lambda: _alarmed(teller), 60)
        async with teller.app.begin() as tx:
            assert await republish(tx) > 0
        await until(lambda: settled(teller, hearer), 90)
        await assert_once_and_in_order(teller, hearer)
        assert not await _alarmed(teller), "telling again settles the alarm"


async def test_a_wipe_is_noticed_by_a_relay_that_was_not_there_when_it_happened(
    teller: Running, broker: kafka.Kafka
) -> None:
    cases = new_cases(5)
    async with relaying(teller, broker.bootstrap, ""):
        await tell(teller, cases, each=4)
        await until(lambda: _all_sent(teller))
    await broker.wipe()
    await broker.start()
    await make_topics(broker.bootstrap, TOPIC, LEDGER)
    await tell(teller, cases)
    async with relaying(teller, broker.bootstrap, ""):
        await until(lambda: _alarmed(teller), 60)


async def _more_events(held: Running, before: int) -> bool:
    return await events(held) > before


async def _all_sent(held: Running) -> bool:
    return await unsent(held) == 0


async def _alarmed(held: Running) -> bool:
    found = await rows(
        held, "SELECT 1 FROM alarm WHERE kind = 'log-went-back' AND settled_at IS NULL"
    )
    return bool(found)
