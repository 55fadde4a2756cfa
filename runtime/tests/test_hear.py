"""Hearing: each count of a stream once, in order, whoever delivers it and however often."""

import asyncio
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_runtime.service import Running
from nrm_runtime.store.errors import sqlstate
from nrm_runtime.store.streams import message_id
from runtime.tests.acts import act, fill, rows

pytestmark = pytest.mark.integration

STREAM = uuid4()
TOPIC = "nrm.elsewhere"


async def hear(tx: AsyncConnection, told: int, consumer: str = "toy", stream: UUID = STREAM) -> str:
    found = await tx.exec_driver_sql(
        "SELECT hear($1, $2, $3, $4, $5)",
        (consumer, TOPIC, message_id(stream, TOPIC, told), stream, told),
    )
    return str(found.scalar_one())


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(counts=st.lists(st.integers(min_value=1, max_value=6), max_size=25))
async def test_any_order_of_deliveries_applies_each_count_once_and_in_order(
    kitchen: Running, counts: list[int]
) -> None:
    stream, applied = uuid4(), 0
    async with kitchen.app.begin() as tx:
        for told in counts:
            answer = await hear(tx, told, stream=stream)
            expected = (
                "repeated" if told <= applied else "apply" if told == applied + 1 else "early"
            )
            assert answer == expected
            applied += answer == "apply"


async def test_a_consumer_thought_dead_waits_and_then_sees_the_repetition(
    kitchen: Running,
) -> None:
    async with kitchen.app.connect() as one, kitchen.app.connect() as zombie:
        async with one.begin():
            assert await hear(one, 1) == "apply"
            late = asyncio.create_task(hear(zombie, 1))
            await asyncio.sleep(0.2)
            assert not late.done()
        assert await late == "repeated"


async def test_a_mark_lives_and_dies_with_the_effect(kitchen: Running) -> None:
    async with kitchen.app.connect() as tx:
        assert await hear(tx, 1) == "apply"
        await tx.rollback()
        assert await hear(tx, 1) == "apply"


async def test_consumers_do_not_hear_for_each_other(kitchen: Running) -> None:
    async with kitchen.app.begin() as tx:
        assert await hear(tx, 1, "one") == "apply"
        assert await hear(tx, 1, "other") == "apply"
    assert await rows(kitchen, "SELECT consumer FROM inbox ORDER BY 1") == [("one",), ("other",)]


async def test_counts_begin_at_one(kitchen: Running) -> None:
    async with kitchen.app.connect() as tx:
        with pytest.raises(DBAPIError) as refused:
            await hear(tx, 0)
    assert sqlstate(refused.value) == "NR003"


async def test_the_relay_marks_and_a_range_can_be_told_again(kitchen: Running) -> None:
    for _ in range(3):
        await act(kitchen, uuid4(), fill())
    unsent = "SELECT id FROM outbox WHERE sent_at IS NULL ORDER BY id"
    ids = [row.id for row in await rows(kitchen, unsent)]
    assert len(ids) == 6
    async with kitchen.relay.begin() as tx:
        marked = await tx.exec_driver_sql("SELECT mark_sent($1)", (ids,))
        assert marked.scalar_one() == 6
    assert await rows(kitchen, unsent) == []
    async with kitchen.relay.begin() as tx:
        again = await tx.exec_driver_sql("SELECT republish($1, $2, NULL)", ("nrm.toy", ids[2]))
        assert again.scalar_one() == 2
    assert [row.id for row in await rows(kitchen, unsent)] == [ids[3], ids[5]]
