"""What the tests of telling and hearing do again and again, on a real broker and database."""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Self
from uuid import UUID, uuid4

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from nrm_contracts.envelope import read_envelope, write_envelope
from nrm_runtime.broker.effects import Effects
from nrm_runtime.broker.heard import command_id
from nrm_runtime.broker.hears import Hearing
from nrm_runtime.broker.letter import Letter
from nrm_runtime.broker.listening import Listening
from nrm_runtime.broker.relay import Relay
from nrm_runtime.service import Running
from nrm_runtime.store.execute import execute
from nrm_runtime.store.streams import message_id, stream_id
from nrm_runtime.testing.clock import BEGINNING
from runtime.tests.acts import COOK, act, fill, rows
from runtime.tests.toy import Fill, KettleFilled

TOPIC = "nrm.toy"
PATIENCE_S = 40.0


def new_prefix() -> str:
    return f"t{secrets.token_hex(4)}."


async def make_topics(
    bootstrap: str, *names: str, partitions: int = 3, max_bytes: int = 1_048_576
) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        configs = {"max.message.bytes": str(max_bytes)}
        await admin.create_topics(
            [NewTopic(name, partitions, 1, topic_configs=configs) for name in names]
        )
        for _ in range(100):
            if set(names) <= set(await admin.list_topics()):
                return
            await asyncio.sleep(0.1)
    finally:
        await admin.close()


async def delete_topics(bootstrap: str, *names: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_topics(list(names))
        for _ in range(100):
            if not set(names) & set(await admin.list_topics()):
                return
            await asyncio.sleep(0.1)
    finally:
        await admin.close()


async def allow_bytes(bootstrap: str, topic: str, max_bytes: int) -> None:
    """Let a topic take larger records from now on."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        change = ConfigResource(
            ConfigResourceType.TOPIC, topic, {"max.message.bytes": str(max_bytes)}
        )
        await admin.alter_configs([change])
    finally:
        await admin.close()


async def until(
    question: Callable[[], Awaitable[bool]], seconds: float = PATIENCE_S, every_s: float = 0.1
) -> None:
    """Wait for an answer; an engine that is away meanwhile is no answer."""
    async with asyncio.timeout(seconds):
        while True:
            with contextlib.suppress(OSError, ConnectionError):
                if await question():
                    return
            await asyncio.sleep(every_s)


@contextlib.asynccontextmanager
async def relaying(held: Running, bootstrap: str, prefix: str) -> AsyncIterator[Relay]:
    relay = Relay(held.relay_election, bootstrap, "test-relay", prefix)
    async with _going(relay.run):
        yield relay


@contextlib.asynccontextmanager
async def listening(
    held: Running, bootstrap: str, prefix: str, effects: Effects, topic: str = TOPIC
) -> AsyncIterator[Listening]:
    hearing = Hearing("toy", held.app, {topic: effects})
    ears = Listening(hearing, bootstrap, {topic: 100}, prefix=prefix)
    async with _going(ears.run):
        yield ears


@contextlib.asynccontextmanager
async def _going(run: Callable[[asyncio.Event], Awaitable[None]]) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    task = asyncio.ensure_future(run(stopping))
    try:
        yield
    finally:
        stopping.set()
        if not task.done() or not task.cancelled():
            await asyncio.wait_for(task, 30)


def filling(held: Running, faults: Callable[[Letter], None] = lambda _: None) -> Effects:
    """The effect of the tests: each message fills a kettle of the same case, once."""

    async def effects(tx: AsyncConnection, letters: Sequence[Letter]) -> None:
        for letter in letters:
            faults(letter)
            envelope = read_envelope(letter.body)
            command = Fill(
                id=command_id("toy", letter.message, 0), by=COOK, at=envelope.at, litres=1
            )
            await execute(
                held.service.machine,
                tx,
                held.vault,
                envelope.case,
                command,
                now=envelope.at,
                cause=envelope.id,
            )

    return effects


async def tell(held: Running, cases: Sequence[UUID], each: int = 1) -> None:
    """Let every case tell so many messages."""
    for _ in range(each):
        for case in cases:
            await act(held, case, fill())


def new_cases(count: int) -> list[UUID]:
    return [uuid4() for _ in range(count)]


async def count(held: Running, sql: str, *arguments: object) -> int:
    ((found,),) = await rows(held, sql, *arguments)
    return int(found)


async def unsent(held: Running) -> int:
    return await count(held, "SELECT count(*) FROM outbox WHERE sent_at IS NULL")


async def events(held: Running) -> int:
    return await count(held, "SELECT count(*) FROM event")


async def parked(held: Running) -> list[tuple[Any, ...]]:
    found = await rows(held, "SELECT kind, told, reason FROM parked ORDER BY id")
    return [tuple(row) for row in found]


async def quarantined(held: Running) -> set[UUID]:
    return {row[0] for row in await rows(held, "SELECT case_ref FROM quarantine")}


async def heard(held: Running) -> dict[UUID, int]:
    """Counts heard by stream on the tests' topic."""
    found = await rows(held, "SELECT stream, told FROM heard WHERE topic = $1", TOPIC)
    return {row[0]: row[1] for row in found}


async def told(held: Running) -> dict[UUID, int]:
    """Counts told by stream on the tests' topic."""
    found = await rows(
        held, "SELECT stream, max(told) FROM outbox WHERE topic = $1 GROUP BY stream", TOPIC
    )
    return {row[0]: row[1] for row in found}


async def settled(teller: Running, hearer: Running) -> bool:
    """Whether all that was told has been sent and heard, and nothing stands aside."""
    return (
        not await unsent(teller)
        and await heard(hearer) == await told(teller)
        and not await parked(hearer)
    )


async def assert_once_and_in_order(teller: Running, hearer: Running) -> None:
    """Events = told = applied = inbox, and per stream the counts 1, 2, 3 … in order."""
    sent = sum((await told(teller)).values())
    assert sent > 0
    assert await events(hearer) == sent
    assert await count(hearer, "SELECT count(*) FROM inbox") == sent
    found = await rows(
        hearer, "SELECT stream, array_agg(told ORDER BY heard_at, told) FROM inbox GROUP BY stream"
    )
    for _, counts in found:
        assert counts == list(range(1, len(counts) + 1))
    assert not await parked(hearer)
    assert not await quarantined(hearer)


@contextlib.asynccontextmanager
async def posting(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    """A stranger's producer, for records that no relay would send."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


def headers(
    stream: UUID, number: int, type_: str = "nrm.toy.kettle-filled"
) -> list[tuple[str, bytes]]:
    """The headers that a relay gives to the `number`-th message of a stream."""
    return [
        ("ce_id", str(message_id(stream, TOPIC, number)).encode()),
        ("ce_type", KettleFilled.name.encode()),
        ("stream", str(stream).encode()),
        ("told", str(number).encode()),
        ("stored_at", b"2031-03-03T09:00:00.000000+00:00"),
    ]


def letter(
    case: UUID, number: int, *, stream: UUID | None = None, body: bytes | None = None
) -> Letter:
    """The `number`-th message of a case's stream, as it would come off the wire."""
    stream = stream or stream_of(case)
    identity = message_id(stream, TOPIC, number)
    return Letter(
        topic=TOPIC,
        partition=0,
        offset=number,
        message=identity,
        named=True,
        case=case,
        stream=stream,
        told=number,
        type=KettleFilled.name,
        stored_at=BEGINNING,
        traceparent=None,
        body=envelope(case, stream, number) if body is None else body,
    )


def stream_of(case: UUID) -> UUID:
    return stream_id("elsewhere", "case", case)


def envelope(case: UUID, stream: UUID, number: int) -> bytes:
    return write_envelope(
        KettleFilled(litres=1),
        id=message_id(stream, TOPIC, number),
        source="/nrm/elsewhere",
        case=case,
        at=BEGINNING,
        stream=stream,
        told=number,
        correlation=case,
        causation=None,
    )


class Worker:
    """A toy worker in a process of its own, which a test may stop, freeze and kill."""

    def __init__(
        self,
        held: Running,
        bootstrap: str,
        prefix: str,
        folder: Path,
        *,
        slow_s: float = 0,
        hears: bool = True,
    ) -> None:
        self.port = free_port()
        self._log = (folder / f"worker-{self.port}.log").open("wb")
        settings = held.settings
        self._environment = os.environ | {
            "NRM_ENV": "development",
            "NRM_HOME": str(settings.home),
            "NRM_KEK": str(settings.kek),
            "NRM_DATABASE_URL": settings.database.render_as_string(hide_password=False),
            "NRM_DATABASE_SUFFIX": settings.suffix,
            "NRM_KAFKA": bootstrap,
            "NRM_TOPIC_PREFIX": prefix,
            "NRM_LISTEN": f"127.0.0.1:{self.port}",
            "TOY_HEARS": "yes" if hears else "",
            "TOY_SLOW_S": str(slow_s),
        }
        self.process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "runtime.tests.toy_main",
            "worker",
            env=self._environment,
            stdout=self._log,
            stderr=self._log,
        )
        await until(self.is_ready)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
        await self.process.wait()
        self._log.close()

    async def is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.returncode is None, f"it ended; see {self._log.name}"
        return (await self.get("/healthz/ready"))[0] == 200

    async def get(self, path: str) -> tuple[int, str]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n".encode())
        reply = (await reader.read()).decode()
        writer.close()
        return int(reply.split()[1]), reply.partition("\r\n\r\n")[2]

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    async def ended(self) -> int:
        assert self.process is not None
        return await self.process.wait()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextlib.asynccontextmanager
async def as_owner(held: Running) -> AsyncIterator[AsyncConnection]:
    """A transaction of the one role that may do what a test needs and no service may."""
    engine = create_async_engine(
        held.settings.database_url("owner"),
        connect_args={"server_settings": {"search_path": "nrm"}},
    )
    async with engine.begin() as tx:
        yield tx
    await engine.dispose()
