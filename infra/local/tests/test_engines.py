"""The two engines start, stop, die and come back."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from infra.local import kafka, postgres
from infra.local.fixtures import remove
from infra.local.home import ports, socket_folder

pytestmark = pytest.mark.integration


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Path]:
    yield tmp_path
    await remove(tmp_path)


async def value(server: postgres.Postgres, query: str) -> object:
    connection = await asyncpg.connect(host=str(server.socket), port=5432, user="postgres")
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_the_shared_server_answers_under_its_address(postgres_url: str) -> None:
    socket = postgres_url.partition("host=")[2]
    connection = await asyncpg.connect(host=socket, port=5432, user="postgres")
    assert await connection.fetchval("show fsync") == "off"
    await connection.close()


async def test_what_was_committed_outlives_a_killed_server(home: Path) -> None:
    server = await postgres.start(home, durable=True)
    assert await value(server, "show fsync") == "on"
    await value(server, "create table kept as select 7 as n")
    await server.kill()
    assert server.died() == -signal.SIGKILL
    await server.start()
    assert await value(server, "select n from kept") == 7
    await server.stop()
    assert server.died() == 0


async def test_a_server_left_by_a_dead_runner_is_ended_and_its_data_go_on(home: Path) -> None:
    left = await postgres.start(home, durable=False)
    await value(left, "create table kept as select 7 as n")
    server = await postgres.start(home, durable=False)
    assert left.died() is not None
    assert await value(server, "select n from kept") == 7
    await server.stop()


async def test_a_stranger_with_the_same_process_id_is_left_alone(home: Path) -> None:
    server = await postgres.start(home, durable=False)
    await server.kill()
    note = server.data / "postmaster.pid"
    lines = note.read_text().splitlines()
    lines[0], lines[2] = str(os.getpid()), str(int(lines[2]) - 100)
    note.write_text("\n".join(lines) + "\n")
    await server.start()
    assert await value(server, "select 1") == 1
    await server.stop()


async def test_the_broker_keeps_its_records_and_its_address_through_a_kill(home: Path) -> None:
    broker = await kafka.start(home)
    before = broker.bootstrap
    names = await kafka.create_topics(broker.bootstrap)
    assert "nrm.ledger" in names
    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap, acks="all")
    await producer.start()
    await producer.send_and_wait("nrm.ledger", b"kept", key=b"case")
    await producer.stop()
    await broker.kill()
    assert broker.died() == -signal.SIGKILL
    await broker.start()
    assert broker.bootstrap == before
    consumer = AIOKafkaConsumer(
        "nrm.ledger", bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    record = await asyncio.wait_for(consumer.getone(), timeout=30)
    await consumer.stop()
    assert record.value == b"kept"
    await broker.wipe()
    await broker.start()
    assert await kafka.answers(broker.bootstrap)
    await broker.stop()


def test_ports_stay_the_same_and_two_copies_do_not_share_them(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    first = ports(one, ["kafka", "referral web"])
    assert ports(one, ["kafka", "referral web"]) == first
    assert not set(first.values()) & set(ports(other, ["kafka", "referral web"]).values())


def test_a_socket_path_is_short_even_for_a_deep_data_folder(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    folder = socket_folder(deep)
    assert len(str(folder / "postgres" / ".s.PGSQL.5432")) < 107
    assert folder == socket_folder(deep)
    folder.rmdir()
