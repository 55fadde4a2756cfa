"""Carries the outbox to Kafka: in order per key, at least once, one relay per service.

Rows stay in the outbox; a mark says that they were told, and any range can be told again.
No transaction is open while the relay sends.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from nrm_contracts.envelope import CONTENT_TYPE
from nrm_runtime.broker import letter
from nrm_runtime.broker.fates import away, away_wait_s
from nrm_runtime.broker.kafka import AWAY, abandon, last_offsets, start_producer
from nrm_runtime.broker.parking import LOG_WENT_BACK
from nrm_runtime.broker.runs import (
    Failed,
    Partition,
    Result,
    Row,
    Sent,
    Stops,
    Verdict,
    conclude,
    went_back,
)
from nrm_runtime.store.engine import candidacy, elect, still_there

POLL_S: Final = 0.05
IDLE_POLL_S: Final = 0.2
IDLE_AFTER: Final = 40  # empty polls in a row, two seconds
BATCH_MAX: Final = 500
BATCH_BYTES_MAX: Final = 32 * 1024 * 1024
SEND_LIMIT_S: Final = 30.0
AWAKE_S: Final = 1.0  # the server ends an elected session that is silent for three
STANDBY_S: Final = 0.5
AGAIN_MAX_S: Final = (
    2.0  # all who hear of this service wait for it: it is soon back with its engine
)
OFFICE: Final = "relay"

STOPPED_KEY: Final = "stopped-key"

_ALARM: Final = "SELECT raise_alarm($1, $2, $3)"
_ALARMS: Final = """
SELECT raise_alarm($1, one.about, one.why)
FROM unnest($2::text[], $3::text[]) AS one (about, why)
"""
_SETTLE: Final = "SELECT settle_alarms($1, $2)"

T = TypeVar("T")


class _Type(msgspec.Struct):
    type: str


_TYPE: Final = msgspec.json.Decoder(_Type)


class Relay:
    """One candidate for a service's relay; `engine` makes connections that may hold an office."""

    def __init__(self, engine: AsyncEngine, bootstrap: str, client: str, prefix: str = "") -> None:
        """Prepare; nothing is opened before `run`."""
        self.told = 0  # rows marked by this process
        self.stops = Stops()
        self.elected = False
        self._engine = engine
        self._bootstrap = bootstrap
        self._client = client
        self._prefix = prefix
        self._ends: dict[Partition, int] = {}
        self._producer: AIOKafkaProducer | None = None
        self._log = structlog.get_logger("nrm.relay")

    async def run(self, stopping: asyncio.Event) -> None:
        """Stand for election, relay while elected, begin anew when the connection is lost."""
        failures = 0
        while not stopping.is_set():
            try:
                async with candidacy(self._engine) as office:
                    failures = 0
                    while not stopping.is_set() and not await elect(office, OFFICE):
                        await _pause(stopping, STANDBY_S)
                    await self._serve(office, stopping)
            except Exception as error:
                if not away(error):
                    raise
                failures += 1
                self._log.warning("relay.lost_office", error_type=type(error).__name__)
                await _pause(stopping, min(AGAIN_MAX_S, away_wait_s(failures)))
            finally:
                self.elected = False
                await self._close()

    async def _serve(self, office: AsyncConnection, stopping: asyncio.Event) -> None:
        self.elected = True
        self.stops = Stops()
        self._log.info("relay.elected")
        ends: Sequence[Any] = (await office.exec_driver_sql("SELECT * FROM log_end")).all()
        self._ends = {(row[0], row[1]): row[2] for row in ends}
        await office.exec_driver_sql(_SETTLE, (STOPPED_KEY, ""))  # raised anew if it still holds
        failures = empty = 0
        while not stopping.is_set():
            rows = self.stops.thinned(await self._unsent(office))
            if not rows:
                empty += 1
                await _pause(stopping, POLL_S if empty < IDLE_AFTER else IDLE_POLL_S)
                continue
            empty = 0
            producer = await self._started(office, stopping)
            if producer is None:
                return
            failures = 0 if await self._relay(office, producer, rows) else failures + 1
            if failures:
                await self._wait(office, _pause(stopping, min(AGAIN_MAX_S, away_wait_s(failures))))

    async def _unsent(self, office: AsyncConnection) -> list[Row]:
        standing = self.stops.standing(time.monotonic())
        columns = [topic for topic, _ in standing], [key for _, key in standing]
        sql = "SELECT * FROM unsent_rows($1, $2, $3, $4)"
        found = await office.exec_driver_sql(sql, (*columns, BATCH_MAX, BATCH_BYTES_MAX))
        rows: Sequence[Any] = found.all()
        return [Row(*row) for row in rows]

    async def _relay(
        self, office: AsyncConnection, producer: AIOKafkaProducer, rows: Sequence[Row]
    ) -> bool:
        """Tell a batch and mark what was told; False where the broker took nothing of it."""
        results = await self._wait(office, self._deliver(producer, rows))
        verdict = conclude(rows, results)
        if verdict.failed:
            # What it still holds may not follow after what the next one tells.
            await self._wait(office, self._close())
        lost = went_back(self._ends, rows, results)
        if lost:
            lost |= await self._wait(office, self._look_at_all_ends())
            await self._tell_of(office, lost)
        await self._keep_ends(office, rows, results, lost)
        if verdict.told:
            await office.exec_driver_sql("SELECT mark_sent($1)", (list(verdict.told),))
            self.told += len(verdict.told)
        await self._note_stops(office, verdict)
        return not verdict.away

    async def _tell_of(
        self, office: AsyncConnection, lost: Mapping[Partition, tuple[int, int]]
    ) -> None:
        """Raise an alarm for each partition that lost something: all at once, or one that is
        settled by telling again would be followed by another of the same loss.
        """
        alarms: dict[str, str] = {}
        for (topic, partition), (before, now) in lost.items():
            where = {"topic": topic, "partition": partition, "before": before, "offset": now}
            self._log.error("relay.log_went_back", **where)
            told = f"at {before} before, at {now} now: tell this topic again (nrm republish)"
            alarms[f"{topic}/{partition}"] = told
        columns = (list(alarms), list(alarms.values()))
        await office.exec_driver_sql(_ALARMS, (LOG_WENT_BACK, *columns))

    async def _look_at_all_ends(self) -> dict[Partition, tuple[int, int]]:
        """Ask where every partition ends that is known to have stood further; follow them all.

        So one batch tells of all that a wipe lost, and telling again raises no second alarm.
        """
        try:
            known = [(self._prefix + topic, number) for topic, number in self._ends]
            ends = await last_offsets(self._bootstrap, known)
        except AWAY:
            return {}
        lost: dict[Partition, tuple[int, int]] = {}
        for (name, number), end in ends.items():
            partition = (name.removeprefix(self._prefix), number)
            if end < self._ends[partition]:
                lost[partition] = (self._ends[partition], end)
                self._ends[partition] = end
        return lost

    async def _note_stops(self, office: AsyncConnection, verdict: Verdict) -> None:
        cleared = [f"{topic}/{key}" for topic, key in verdict.cleared & self.stops.until.keys()]
        for topic, key in self.stops.note(verdict, time.monotonic()):
            reason = verdict.stopped[topic, key]
            self._log.error("relay.key_stopped", topic=topic, case=str(key), reason=reason)
            await office.exec_driver_sql(_ALARM, (STOPPED_KEY, f"{topic}/{key}", reason))
        for about in cleared:
            await office.exec_driver_sql(_SETTLE, (STOPPED_KEY, about))

    async def _deliver(self, producer: AIOKafkaProducer, rows: Sequence[Row]) -> list[Result]:
        """Send a batch in order and await it, at most `SEND_LIMIT_S`."""
        results: dict[int, Result] = {}
        waiting: dict[int, asyncio.Future[Any]] = {}
        broken: set[object] = set()  # keys refused at once, and topics that are not there
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SEND_LIMIT_S):
                for row in rows:
                    if row.run in broken or row.topic in broken:
                        continue
                    topic, key = self._prefix + row.topic, str(row.key).encode()
                    try:
                        sending = producer.send(topic, row.body, key, headers=_headers(row))
                        waiting[row.id] = await sending
                    except (KafkaError, OSError, msgspec.DecodeError) as error:
                        results[row.id] = _failed(error)
                        missing = isinstance(error, UnknownTopicOrPartitionError)
                        broken.add(row.topic if missing else row.run)
                if waiting:
                    await asyncio.wait(waiting.values())
        for row_id, future in waiting.items():
            late = Failed("not acknowledged in time", passing=True)
            results[row_id] = _result(future) if future.done() else late
        return [results.get(row.id) for row in rows]

    async def _keep_ends(
        self,
        office: AsyncConnection,
        rows: Sequence[Row],
        results: Sequence[Result],
        lost: Iterable[Partition],
    ) -> None:
        touched = set(lost) | {
            (row.topic, result.partition)
            for row, result in zip(rows, results, strict=True)
            if isinstance(result, Sent)
        }
        if touched:
            ends = [(topic, number, self._ends[topic, number]) for topic, number in sorted(touched)]
            columns = [list(column) for column in zip(*ends, strict=True)]
            await office.exec_driver_sql("SELECT follow_log_ends($1, $2, $3)", tuple(columns))

    async def _started(
        self, office: AsyncConnection, stopping: asyncio.Event
    ) -> AIOKafkaProducer | None:
        failures = 0
        while self._producer is None and not stopping.is_set():
            try:
                starting = start_producer(self._bootstrap, self._client)
                self._producer = await self._wait(office, starting)
            except AWAY as error:
                await still_there(office)  # or it was not the broker that is away
                failures += 1
                self._log.warning("relay.broker_away", error_type=type(error).__name__)
                await self._wait(office, _pause(stopping, min(AGAIN_MAX_S, away_wait_s(failures))))
        return self._producer

    async def _wait(self, office: AsyncConnection, work: Awaitable[T]) -> T:
        """Await work while the elected session is kept awake; lost office ends the work."""
        task = asyncio.ensure_future(work)
        try:
            while not (await asyncio.wait({task}, timeout=AWAKE_S))[0]:
                await still_there(office)
        finally:
            if not task.done():
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, *AWAY):
                    await task
        return task.result()

    async def _close(self) -> None:
        if self._producer is not None:
            producer, self._producer = self._producer, None
            await abandon(producer)


def _headers(row: Row) -> list[tuple[str, bytes]]:
    headers = {
        "content-type": CONTENT_TYPE,
        letter.HEADER_ID: str(row.message),
        letter.HEADER_TYPE: _TYPE.decode(row.body).type,
        letter.HEADER_STREAM: str(row.stream),
        letter.HEADER_TOLD: str(row.told),
        letter.HEADER_STORED: row.stored_at,
    }
    if row.traceparent:
        headers[letter.HEADER_TRACE] = row.traceparent
    return [(name, value.encode()) for name, value in headers.items()]


def _result(future: asyncio.Future[Any]) -> Sent | Failed:
    error = future.exception()
    if error is not None:
        return _failed(error)
    return Sent(future.result().partition, future.result().offset)


def _failed(error: BaseException) -> Failed:
    passing = isinstance(error, OSError) or bool(getattr(error, "retriable", False))
    return Failed(type(error).__name__, passing=passing)


async def _pause(stopping: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)
