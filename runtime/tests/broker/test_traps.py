"""What a real broker taught: records and refusals that once lost messages or stopped everything."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from nrm_runtime.broker import fates, kafka, runs, watchdog
from nrm_runtime.broker.letter import Letter
from nrm_runtime.broker.listening import Listening
from nrm_runtime.broker.watchdog import Stuck
from nrm_runtime.service import Running, running
from nrm_runtime.testing.postgres import Fresh
from runtime.tests import toy
from runtime.tests.acts import rows
from runtime.tests.wires import (
    TOPIC,
    allow_bytes,
    as_owner,
    assert_once_and_in_order,
    count,
    envelope,
    events,
    filling,
    headers,
    listening,
    make_topics,
    new_cases,
    new_prefix,
    parked,
    posting,
    quarantined,
    relaying,
    settled,
    stream_of,
    tell,
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
    await make_topics(kafka_bootstrap, name + TOPIC, name + "nrm.ledger", partitions=1)
    return name


async def test_a_header_that_is_not_utf8_or_is_missing_its_value_hides_no_message(
    kitchen: Running, kafka_bootstrap: str, prefix: str
) -> None:
    case = uuid4()
    stream = stream_of(case)
    strange = [
        [*headers(stream, 1), ("x", b"\xff\xfe")],
        [*headers(stream, 2), ("x", None)],
        [("ce_id", b"\xff"), ("told", b"\xfe"), ("stream", None)],
        headers(stream, 4),
    ]
    async with posting(kafka_bootstrap) as post:
        for number, each in enumerate(strange, start=1):
            body = envelope(case, stream, number)
            await post.send_and_wait(
                prefix + TOPIC, body, key=str(case).encode(), headers=each, partition=0
            )
    async with listening(kitchen, kafka_bootstrap, prefix, filling(kitchen)):
        await until(lambda: _events_are(kitchen, 4))
    assert await parked(kitchen) == []


async def test_no_body_no_key_and_no_headers_stop_at_most_their_own_case(
    kitchen: Running, kafka_bootstrap: str, prefix: str
) -> None:
    bare, mute, good = new_cases(3)
    async with posting(kafka_bootstrap) as post:
        topic = prefix + TOPIC
        await post.send_and_wait(topic, None, key=str(bare).encode(), headers=[])
        told = headers(stream_of(mute), 1)
        await post.send_and_wait(topic, None, key=str(mute).encode(), headers=told)
        await post.send_and_wait(topic, b"\xff not ours", key=b"\xff", headers=[])
        await post.send_and_wait(topic, b"{}", headers=[])
        body = envelope(good, stream_of(good), 1)
        told = headers(stream_of(good), 1)
        await post.send_and_wait(topic, body, key=str(good).encode(), headers=told)
    async with listening(kitchen, kafka_bootstrap, prefix, filling(kitchen)):
        await until(lambda: _events_are(kitchen, 1))
    assert await quarantined(kitchen) == {bare, mute}
    kinds = [row[0] for row in await parked(kitchen)]
    assert kinds == ["poison"] * 4


async def test_a_record_that_the_broker_refuses_stops_its_key_alone(
    kitchen: Running, other: Running, kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "STOP_MAX_S", 3.0)
    prefix = new_prefix()
    await make_topics(kafka_bootstrap, prefix + TOPIC, partitions=1, max_bytes=200_000)
    await make_topics(kafka_bootstrap, prefix + "nrm.ledger", partitions=1)
    big, *small = new_cases(5)
    await tell(kitchen, [big, *small])
    await tell(kitchen, [big])
    await _swell(kitchen, big)
    await tell(kitchen, [big, *small], each=3)
    async with (
        relaying(kitchen, kafka_bootstrap, prefix) as relay,
        listening(other, kafka_bootstrap, prefix, filling(other)),
    ):
        own = "SELECT count(*) FROM outbox WHERE sent_at IS NULL AND topic = 'nrm.toy'"
        ledger = "SELECT count(*) FROM outbox WHERE sent_at IS NULL AND topic = 'nrm.ledger'"
        await until(lambda: _count_is(kitchen, own, 4))
        await until(lambda: _count_is(kitchen, ledger, 0))
        await tell(kitchen, small, each=2)
        await until(lambda: _count_is(kitchen, own, 4))
        assert set(relay.stops.until) == {(TOPIC, big)}
        await until(lambda: _events_are(other, 1 + 4 * 6))
        ((about, reason),) = await rows(kitchen, "SELECT about, reason FROM alarm")
        assert (about, reason) == (f"{TOPIC}/{big}", "MessageSizeTooLargeError")
        await allow_bytes(kafka_bootstrap, prefix + TOPIC, 1_000_000)
        await until(lambda: settled(kitchen, other), 90)
        await assert_once_and_in_order(kitchen, other)
        assert not relay.stops.until
        assert await count(kitchen, "SELECT count(*) FROM alarm WHERE settled_at IS NULL") == 0


async def test_a_consumer_that_is_alive_and_deaf_is_noticed(
    kitchen: Running, kafka_bootstrap: str, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog, "STILL_MAX_S", 3.0)
    with pytest.raises(BaseExceptionGroup) as ended:
        await asyncio.wait_for(_go_deaf(kitchen, kafka_bootstrap, prefix), 40)
    assert ended.group_contains(Stuck)


async def test_a_second_worker_without_partitions_waits_in_peace(
    kitchen: Running, kafka_bootstrap: str, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog, "HOMELESS_MAX_S", 2.0)
    async with (
        listening(kitchen, kafka_bootstrap, prefix, filling(kitchen)) as one,
        listening(kitchen, kafka_bootstrap, prefix, filling(kitchen)) as two,
    ):
        await asyncio.sleep(8)  # one partition: one of the two has none
        assert one.ready.is_set()
        assert two.ready.is_set()


async def test_a_consumer_that_waits_for_an_engine_stops_at_once_when_it_is_asked_to(
    kitchen: Running, kafka_bootstrap: str, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, limit in (
        (fates, "FIRST_WAIT_S"),
        (fates, "AWAY_WAIT_MAX_S"),
        (kafka, "GRACEFUL_S"),
    ):
        monkeypatch.setattr(module, limit, 600.0)
    case = uuid4()
    told, body = headers(stream_of(case), 1), envelope(case, stream_of(case), 1)
    async with (
        listening(kitchen, kafka_bootstrap, prefix, filling(kitchen, _engine_away)) as ears,
        posting(kafka_bootstrap) as post,
    ):
        await post.send_and_wait(prefix + TOPIC, body, key=str(case).encode(), headers=told)
        await until(lambda: _waits(ears))
    assert not await quarantined(kitchen)


def _engine_away(_: Letter) -> None:
    raise ConnectionRefusedError


async def _waits(ears: Listening) -> bool:
    return bool(ears.ears and ears.ears[0].failures)


async def _go_deaf(held: Running, bootstrap: str, prefix: str) -> None:
    """Hear, then let the consumer receive nothing any more while a message comes."""
    case = uuid4()
    async with (
        listening(held, bootstrap, prefix, filling(held)) as ears,
        posting(bootstrap) as post,
    ):
        await until(lambda: _assigned(ears))
        consumer = ears.ears[0].subscriber.consumer
        assert consumer is not None
        consumer.pause(*consumer.assignment())
        told, body = headers(stream_of(case), 1), envelope(case, stream_of(case), 1)
        await post.send_and_wait(prefix + TOPIC, body, key=str(case).encode(), headers=told)
        await until(lambda: _deaf(ears))


async def _deaf(ears: Listening) -> bool:
    return not ears.ready.is_set()


async def _swell(held: Running, case: UUID) -> None:
    """Make the last message of a case larger than the topic takes, as no writer could."""
    async with as_owner(held) as owner:
        await owner.exec_driver_sql(
            "UPDATE outbox SET body = convert_to(left(convert_from(body, 'UTF8'), -1)"
            " || ',\"x\":\"' || repeat('x', 300000) || '\"}', 'UTF8')"
            " WHERE topic = $1 AND key = $2 AND told = 2",
            (TOPIC, case),
        )


async def _assigned(ears: Listening) -> bool:
    consumer = ears.ears[0].subscriber.consumer if ears.ears else None
    return consumer is not None and bool(consumer.assignment())


async def _count_is(held: Running, sql: str, number: int) -> bool:
    return await count(held, sql) == number


async def _events_are(held: Running, number: int) -> bool:
    return await events(held) == number
