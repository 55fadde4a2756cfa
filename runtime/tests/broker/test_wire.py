"""Telling and hearing on a real broker: everything once, in order, whatever is delivered twice."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from nrm_runtime.broker.parking import republish
from nrm_runtime.service import Running, running
from nrm_runtime.testing.postgres import Fresh
from runtime.tests import toy
from runtime.tests.wires import (
    TOPIC,
    assert_once_and_in_order,
    count,
    filling,
    listening,
    make_topics,
    new_cases,
    new_prefix,
    relaying,
    settled,
    tell,
    unsent,
    until,
)

pytestmark = pytest.mark.integration


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


async def test_what_is_told_has_its_effect_once_and_in_order(
    kitchen: Running, other: Running, kafka_bootstrap: str, prefix: str
) -> None:
    cases = new_cases(7)
    async with (
        relaying(kitchen, kafka_bootstrap, prefix),
        listening(other, kafka_bootstrap, prefix, filling(other)),
    ):
        await tell(kitchen, cases, each=6)
        await until(lambda: settled(kitchen, other))
        await assert_once_and_in_order(kitchen, other)


async def test_everything_told_again_has_no_second_effect(
    kitchen: Running, other: Running, kafka_bootstrap: str, prefix: str
) -> None:
    cases = new_cases(4)
    async with (
        relaying(kitchen, kafka_bootstrap, prefix) as relay,
        listening(other, kafka_bootstrap, prefix, filling(other)) as ears,
    ):
        await tell(kitchen, cases, each=5)
        await until(lambda: settled(kitchen, other))
        sent = await count(kitchen, "SELECT count(*) FROM outbox")
        async with kitchen.app.begin() as tx:
            assert await republish(tx) == sent
        await until(lambda: _is(relay.told == 2 * sent))
        await tell(kitchen, cases)  # a message behind the repetitions shows that they were taken
        await until(lambda: settled(kitchen, other))
        await assert_once_and_in_order(kitchen, other)
    assert ears.figures.values


async def test_rows_stay_unsent_while_the_topic_is_missing_and_go_when_it_comes(
    kitchen: Running, kafka_bootstrap: str
) -> None:
    name = new_prefix()
    await tell(kitchen, new_cases(1), each=2)
    async with relaying(kitchen, kafka_bootstrap, name):
        await asyncio.sleep(1)
        assert await unsent(kitchen) == 4
        await make_topics(kafka_bootstrap, name + TOPIC, name + "nrm.ledger")
        await until(lambda: _none_unsent(kitchen))


async def _is(answer: bool) -> bool:  # noqa: FBT001
    return answer


async def _none_unsent(held: Running) -> bool:
    return await unsent(held) == 0
