"""Runs a consumer: one batch subscriber per heard topic, its back-off, its lag, its watchdog."""

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from faststream.kafka.subscriber.usecase import BatchSubscriber

from nrm_runtime.broker import lag
from nrm_runtime.broker.fates import away, away_wait_s, reason_of
from nrm_runtime.broker.hears import Hearing
from nrm_runtime.broker.kafka import AWAY, Records, hear_topic, make_broker
from nrm_runtime.broker.lag import Figures, lag_s
from nrm_runtime.broker.letter import read_letter
from nrm_runtime.broker.watchdog import Look, Watchdog

LOOK_S: Final = 1.0
SWEEP_S: Final = 1.0
ANSWER_S: Final = 5.0  # how long the broker may take to answer a look
SEEK_EVERY_S: Final = 60.0
START_WAIT_MAX_S: Final = 5.0


@dataclass(slots=True)
class Ear:
    """What is known about one heard topic in this process."""

    topic: str
    name: str  # with the prefix
    group: str
    subscriber: BatchSubscriber
    watchdog: Watchdog
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    failures: int = 0
    oldest: datetime | None = None
    last: datetime | None = None
    sought_at: dict[int, float] = field(default_factory=dict)  # by partition


class Listening:
    """Hears topics for one consumer until it is stopped; several processes may at once."""

    def __init__(
        self,
        hearing: Hearing,
        bootstrap: str,
        topics: Mapping[str, int],
        *,
        prefix: str = "",
        figures: Figures | None = None,
    ) -> None:
        """Hear `topics` (without `prefix`, each with the records of a batch)."""
        self.figures = figures or Figures()
        self.ready = asyncio.Event()
        self._hearing = hearing
        self._bootstrap = bootstrap
        self._prefix = prefix
        self._topics = dict(topics)
        self._client = f"nrm-{hearing.consumer}-worker"
        self.ears: list[Ear] = []
        self._stopping = asyncio.Event()
        self._log = structlog.get_logger("nrm.listening")

    async def run(self, stopping: asyncio.Event) -> None:
        """Hear until `stopping`; raises `Stuck` when a consumer makes no progress any more."""
        self._stopping = stopping
        failures = 0
        while not stopping.is_set():
            broker = make_broker(self._bootstrap, self._client)
            self.ears = [self._ear(broker, topic) for topic in sorted(self._topics)]
            try:
                await broker.start()
            except AWAY as error:
                failures += 1
                self._log.warning("listening.broker_away", error_type=type(error).__name__)
                await _stop(broker)
                await _pause(stopping, min(START_WAIT_MAX_S, away_wait_s(failures)))
                continue
            try:
                self.ready.set()
                async with asyncio.TaskGroup() as tasks:
                    watching = [tasks.create_task(self._watch()), tasks.create_task(self._sweep())]
                    await self._until(stopping, watching)
            finally:
                self.ready.clear()
                await _stop(broker)

    def _ear(self, broker: Any, topic: str) -> Ear:  # noqa: ANN401
        name = self._prefix + topic
        group = f"{self._prefix}{self._hearing.consumer}.{topic}"

        async def take(records: Records) -> None:
            await self._take(ear, records)

        subscriber = hear_topic(broker, name, group, self._topics[topic], take)
        ear = Ear(topic, name, group, subscriber, Watchdog(topic))
        return ear

    async def _take(self, ear: Ear, records: Records) -> None:
        """Settle a batch, or wait and let it come again: the library's nack has no delay."""
        letters = [read_letter(record, self._prefix) for record in records]
        stored = [each.stored_at for each in letters if each.stored_at is not None]
        async with ear.turn:
            ear.oldest = min(stored, default=None)
            try:
                await self._hearing.take(letters)
            except Exception as error:
                ear.failures += 1
                self._log.warning(
                    "listening.waits",
                    topic=ear.topic,
                    reason=reason_of(error.__cause__ or error),
                    attempt=ear.failures,
                )
                await _pause(self._stopping, away_wait_s(ear.failures))
                raise
            ear.failures = 0
            ear.last = max(stored, default=ear.last)
            ear.oldest = None
        self.figures.set(lag.HEARD, self._hearing.applied)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            try:
                gaps = await self._hearing.sweep()
            except Exception as error:
                if not away(error):
                    raise
                continue
            for ear in self.ears:
                partitions = [number for topic, number in gaps if topic == ear.topic]
                await self._hear_again(ear, partitions)

    async def _hear_again(self, ear: Ear, partitions: Sequence[int]) -> None:
        """Hear partitions from their start, at most once a minute: the inbox drops the old."""
        consumer: AIOKafkaConsumer | None = ear.subscriber.consumer
        if consumer is None:
            return
        now = time.monotonic()
        mine = [
            each
            for each in consumer.assignment()
            if each.partition in partitions
            and now - ear.sought_at.get(each.partition, float("-inf")) >= SEEK_EVERY_S
        ]
        if not mine:
            return
        async with ear.turn:  # else the end of a batch would seek or commit over it
            ear.sought_at |= {each.partition: now for each in mine}
            with contextlib.suppress(*AWAY):
                await asyncio.wait_for(consumer.seek_to_beginning(*mine), ANSWER_S)
        self._log.warning("listening.heard_again", topic=ear.topic, count=len(mine))

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            for ear in self.ears:
                await self._watch_one(ear)

    async def _watch_one(self, ear: Ear) -> None:
        try:
            seen = await asyncio.wait_for(self._look(ear), ANSWER_S)
        except AWAY:
            ear.watchdog.away()
            self.figures.set(lag.AWAY, 1, topic=ear.topic)
            return
        if ear.failures:
            ear.watchdog.away()
        else:
            ear.watchdog.look(seen, time.monotonic())
        oldest = ear.oldest or (ear.last if seen.behind else None)
        self.figures.set(lag.AWAY, float(bool(ear.failures)), topic=ear.topic)
        self.figures.set(lag.HEARD_LAG, seen.behind, topic=ear.topic)
        self.figures.set(lag.HEARD_LAG_S, lag_s(oldest), topic=ear.topic)

    async def _look(self, ear: Ear) -> Look:
        consumer: AIOKafkaConsumer | None = ear.subscriber.consumer
        mine = sorted(consumer.assignment()) if consumer is not None else []
        if consumer is None or not mine:
            owned = await _all_owned(self._bootstrap, ear.name, ear.group)
            return Look(assigned=0, behind=0, position=0, working=False, owned=owned)
        ends = await consumer.end_offsets(mine)
        positions = {each: await consumer.position(each) for each in mine}
        beyond = [each.partition for each in mine if positions[each] > ends[each]]
        if beyond:  # the log went back under us
            await self._hear_again(ear, beyond)
        return Look(
            assigned=len(mine),
            behind=sum(max(0, ends[each] - positions[each]) for each in mine),
            position=sum(positions.values()),
            working=ear.turn.locked(),
            owned=True,
        )

    async def _until(self, stopping: asyncio.Event, tasks: Sequence[asyncio.Task[None]]) -> None:
        await stopping.wait()
        for task in tasks:
            task.cancel()


async def _all_owned(bootstrap: str, topic: str, group: str) -> bool:
    """Whether every partition of a topic has an owner in a group; raises one of `AWAY`."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=3_000)
    await admin.start()
    try:
        (described,) = await admin.describe_topics([topic])
        wanted = {(topic, each["partition"]) for each in described["partitions"]}
        (answer,) = await admin.describe_consumer_groups([group])
        owned: set[tuple[str, int]] = set()
        for member in answer.groups[0][5]:
            if member[4]:
                assignment = ConsumerProtocolMemberAssignment.decode(member[4])
                owned |= {
                    (each.topic, each.partition)
                    for each in assignment.partitions()
                    if isinstance(each, TopicPartition)
                }
        return bool(wanted) and wanted <= owned
    finally:
        await admin.close()


async def _stop(broker: Any) -> None:  # noqa: ANN401
    try:
        await broker.stop()
    except* AWAY:  # the library gathers what its consumers raised
        pass


async def _pause(stopping: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)
