"""Worker processes that are killed, frozen and doubled: nothing lost, nothing doubled, in order."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from nrm_runtime.service import Running, running
from nrm_runtime.testing.postgres import Fresh
from runtime.tests import toy
from runtime.tests.wires import (
    TOPIC,
    Worker,
    assert_once_and_in_order,
    count,
    delete_topics,
    events,
    make_topics,
    new_cases,
    new_prefix,
    relaying,
    settled,
    tell,
    until,
)

IN_FLIGHT = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND state = 'idle in transaction'
"""
TAKEN_OVER_S = 90.0  # for locks and partitions of a frozen process to be taken from it
KILLED_AFTER_S = 20.0  # by a supervisor

pytestmark = [pytest.mark.integration, pytest.mark.fault]


@pytest_asyncio.fixture
async def other(fresh: Fresh) -> AsyncIterator[Running]:
    """A second copy of the toy service: it hears what the first one tells."""
    async with running(toy.service(), await fresh(toy.service())) as held:
        yield held


@pytest_asyncio.fixture
async def prefix(kafka_bootstrap: str) -> str:
    name = new_prefix()
    await make_topics(kafka_bootstrap, name + TOPIC, name + "nrm.ledger")
    return name


async def test_a_worker_killed_in_the_middle_of_a_batch_loses_and_doubles_nothing(
    kitchen: Running, other: Running, kafka_bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    cases = new_cases(12)
    await tell(kitchen, cases, each=4)
    async with relaying(kitchen, kafka_bootstrap, prefix):
        async with Worker(other, kafka_bootstrap, prefix, tmp_path, slow_s=0.1) as first:
            await until(lambda: _some(other, IN_FLIGHT), every_s=0.01)
            first.signal(signal.SIGKILL)
            await first.ended()
        assert await events(other) < 48, "killed too late to prove anything"
        async with Worker(other, kafka_bootstrap, prefix, tmp_path):
            await until(lambda: settled(kitchen, other))
        await assert_once_and_in_order(kitchen, other)


async def test_two_workers_share_the_work_and_one_takes_over_when_the_other_freezes(
    kitchen: Running, other: Running, kafka_bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    cases = new_cases(10)
    async with (
        relaying(kitchen, kafka_bootstrap, prefix),
        Worker(other, kafka_bootstrap, prefix, tmp_path, slow_s=0.02) as one,
        Worker(other, kafka_bootstrap, prefix, tmp_path, slow_s=0.02) as two,
    ):
        await tell(kitchen, cases, each=2)
        await until(lambda: settled(kitchen, other))
        telling = asyncio.create_task(tell(kitchen, cases, each=4))
        await until(lambda: _some(other, IN_FLIGHT), every_s=0.01)
        one.signal(signal.SIGSTOP)
        await telling
        await until(lambda: settled(kitchen, other), TAKEN_OVER_S)
        one.signal(signal.SIGCONT)  # a zombie with work in its hands
        await tell(kitchen, cases, each=2)
        await until(lambda: settled(kitchen, other))
        await asyncio.sleep(1)
        await assert_once_and_in_order(kitchen, other)
        assert (await two.get("/healthz/live"))[0] == 200


async def test_a_stopped_relay_is_replaced_by_a_standby_and_is_harmless_when_it_wakes(
    kitchen: Running, kafka_bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    elected = "nrm_relay_elected 1"
    async with (
        Worker(kitchen, kafka_bootstrap, prefix, tmp_path, hears=False) as one,
        Worker(kitchen, kafka_bootstrap, prefix, tmp_path, hears=False) as two,
    ):
        await until(lambda: _one_of(elected, one, two))
        active, standby = (one, two) if elected in (await one.get("/metrics"))[1] else (two, one)
        await tell(kitchen, new_cases(3))
        await until(lambda: _none(kitchen, "SELECT count(*) FROM outbox WHERE sent_at IS NULL"))
        active.signal(signal.SIGSTOP)
        await tell(kitchen, new_cases(3))
        await until(lambda: _none(kitchen, "SELECT count(*) FROM outbox WHERE sent_at IS NULL"), 12)
        await until(lambda: _one_of(elected, standby))
        active.signal(signal.SIGCONT)
        await asyncio.sleep(3)
        assert await active.is_ready()
        assert not await _one_of(elected, active)
        assert await _one_of(elected, standby)


async def test_a_topic_made_anew_under_a_sleeping_worker_is_heard_whole(
    kitchen: Running, other: Running, kafka_bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    cases = new_cases(6)
    async with Worker(other, kafka_bootstrap, prefix, tmp_path) as worker:
        async with relaying(kitchen, kafka_bootstrap, prefix):
            await tell(kitchen, cases, each=2)
            await until(lambda: settled(kitchen, other))
            before = await events(other)
            worker.signal(signal.SIGSTOP)
            await delete_topics(kafka_bootstrap, prefix + TOPIC)
            await make_topics(kafka_bootstrap, prefix + TOPIC)
            await tell(kitchen, cases, each=5)  # more than before: its old position is inside
            await until(
                lambda: _none(kitchen, "SELECT count(*) FROM outbox WHERE sent_at IS NULL"), 60
            )
            worker.signal(signal.SIGCONT)
            await until(lambda: settled(kitchen, other), 90)
        assert await events(other) > before
        await assert_once_and_in_order(kitchen, other)


async def test_a_worker_ends_in_order_when_it_is_asked_to(
    kitchen: Running, kafka_bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    async with Worker(kitchen, kafka_bootstrap, prefix, tmp_path, hears=False) as worker:
        worker.signal(signal.SIGTERM)
        async with asyncio.timeout(15):
            assert await worker.ended() == 0


async def test_a_worker_that_is_asked_to_end_in_the_middle_of_a_batch_does_so_and_loses_nothing(
    kitchen: Running, other: Running, kafka_bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    cases = new_cases(12)
    await tell(kitchen, cases, each=4)
    async with relaying(kitchen, kafka_bootstrap, prefix):
        async with Worker(other, kafka_bootstrap, prefix, tmp_path, slow_s=0.1) as first:
            await until(lambda: _some(other, IN_FLIGHT), every_s=0.01)
            first.signal(signal.SIGTERM)
            async with asyncio.timeout(KILLED_AFTER_S):
                assert await first.ended() == 0
        async with Worker(other, kafka_bootstrap, prefix, tmp_path):
            await until(lambda: settled(kitchen, other))
        await assert_once_and_in_order(kitchen, other)


async def _none(held: Running, sql: str) -> bool:
    return await count(held, sql) == 0


async def _some(held: Running, sql: str) -> bool:
    return await count(held, sql) > 0


async def _one_of(text: str, *workers: Worker) -> bool:
    return any([text in (await each.get("/metrics"))[1] for each in workers])
