"""How we speak to Kafka: the settings of producer and consumer, and their way past bad records.

The defaults of the libraries lose messages (they begin at the latest record, acknowledge first,
and fail outside every acknowledgement on a header that is not UTF-8), so each is said here.
"""

import asyncio
import contextlib
import dataclasses
import itertools
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeAlias

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.subscriber.usecase import BatchSubscriber

from nrm_runtime.broker.letter import text_of

METADATA_MAX_AGE_MS: Final = 5_000  # else a recreated topic stays unheard for five minutes
GRACEFUL_S: Final = 6.0  # for the batch in work when hearing ends; then it comes again
POLL_MS: Final = 1_000  # records end the wait at once
CLOSE_S: Final = 3.0
ANSWER_S: Final = 5.0

Records: TypeAlias = tuple[ConsumerRecord, ...]
Take: TypeAlias = Callable[[Records], Awaitable[None]]

AWAY: Final = (KafkaError, OSError, TimeoutError)
"""What the client raises when the broker cannot be reached; the answer is to try again."""


def make_broker(bootstrap: str, client: str) -> KafkaBroker:
    """Make FastStream's broker, for hearing only; it neither makes topics nor logs messages."""
    return KafkaBroker(
        bootstrap,
        client_id=client,
        consumer_only=True,
        allow_auto_create_topics=False,
        metadata_max_age_ms=METADATA_MAX_AGE_MS,
        graceful_timeout=GRACEFUL_S,
        ack_policy=AckPolicy.NACK_ON_ERROR,
        apply_types=False,
        logger=None,
    )


def hear_topic(
    broker: KafkaBroker, topic: str, group: str, records_max: int, take: Take
) -> BatchSubscriber:
    """Hear a topic in batches of raw records; if `take` raises, all of them come again."""
    subscriber = broker.subscriber(
        topic,
        batch=True,
        group_id=group,
        ack_policy=AckPolicy.NACK_ON_ERROR,
        auto_offset_reset="earliest",
        max_records=records_max,
        batch_timeout_ms=POLL_MS,
        session_timeout_ms=10_000,
        heartbeat_interval_ms=3_000,
        max_poll_interval_ms=300_000,
        parser=_parse,
        decoder=_raw,
    )
    subscriber(take)

    async def wait(consumer: AIOKafkaConsumer) -> Records:
        """Wait for records; the library's own way sleeps on after an empty poll, deaf."""
        found = await consumer.getmany(timeout_ms=POLL_MS, max_records=records_max)
        return tuple(itertools.chain(*found.values()))

    subscriber.get_msg = wait  # type: ignore[method-assign]
    return subscriber


async def _parse(records: Records, original: Callable[[Records], Awaitable[Any]]) -> Any:  # noqa: ANN401 - the library's own message type
    readable = tuple(dataclasses.replace(each, headers=_readable(each.headers)) for each in records)
    message = await original(readable)
    message.raw_message = records
    return message


async def _raw(message: Any) -> Records:  # noqa: ANN401
    records: Records = message.raw_message
    return records


def _readable(headers: Sequence[tuple[str, bytes | None]]) -> tuple[tuple[str, bytes], ...]:
    return tuple((name, text_of(value).encode()) for name, value in headers)


async def start_producer(bootstrap: str, client: str) -> AIOKafkaProducer:
    """Start a producer; raises one of `AWAY` while the broker cannot be reached.

    Not idempotent on purpose: one refused record would stop its partition for ever, and after
    a wipe the broker would acknowledge records that it does not keep.
    """
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        client_id=client,
        acks="all",
        enable_idempotence=False,
        linger_ms=0,
        max_batch_size=131_072,
        max_request_size=1_048_576,
        request_timeout_ms=10_000,
        metadata_max_age_ms=METADATA_MAX_AGE_MS,
    )
    try:
        await producer.start()
    except BaseException:
        await abandon(producer)
        raise
    return producer


async def last_offsets(
    bootstrap: str, partitions: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], int]:
    """Give the offset of the last record of partitions, -1 for an empty one.

    Raises one of `AWAY`; a partition that does not exist takes `ANSWER_S` to be missed.
    """
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    try:
        async with asyncio.timeout(ANSWER_S):
            await consumer.start()
            ends = await consumer.end_offsets([TopicPartition(*each) for each in partitions])
        return {(each.topic, each.partition): end - 1 for each, end in ends.items()}
    finally:
        await consumer.stop()


async def abandon(producer: AIOKafkaProducer) -> None:
    """Close a producer without telling what it still holds: that is told again by the next one."""
    producer._closed = True  # noqa: SLF001 - its own `stop` would first wait for the broker
    sender, client = producer._sender, producer.client  # noqa: SLF001
    for closing in (sender.close() if sender is not None else None, client.close()):
        if closing is not None:
            with contextlib.suppress(*AWAY, asyncio.CancelledError):
                await asyncio.wait_for(closing, CLOSE_S)
