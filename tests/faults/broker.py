"""What tests do to the broker and its log from outside, and look up around it."""

import asyncio
import shutil
import signal
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from infra.local import kafka
from tests.system.patience import until
from tests.system.whole import System

WENT_BACK: Final = "log-went-back"


async def wipe(system: System) -> None:
    """Take the broker's disk away and kill it; its keeper starts an empty one."""
    data = system.home / "kafka" / "data"
    lost = data.with_name("lost")
    data.rename(lost)  # before the kill: whoever starts anew finds nothing
    starts = system.signal("kafka", signal.SIGKILL)
    await system.wait_for_another("kafka", starts)
    await asyncio.to_thread(shutil.rmtree, lost)


async def recreate(system: System, topic: str) -> None:
    """Delete a topic and make it anew, in the same cluster."""
    bootstrap = system.told.kafka
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([topic])

        async def gone() -> bool:
            return topic not in await admin.list_topics()

        await until(gone, what=f"{topic} to be deleted")
    finally:
        await admin.close()
    await kafka.create_topics(bootstrap)


async def publish(
    system: System, topic: str, key: str, body: bytes | None, headers: list[tuple[str, bytes]]
) -> None:
    """Write one record, as anybody who reaches the broker could."""
    producer = AIOKafkaProducer(bootstrap_servers=system.told.kafka)
    await producer.start()
    try:
        await producer.send_and_wait(topic, body, key.encode(), headers=headers)
    finally:
        await producer.stop()


async def all_sent(system: System, service: str) -> None:
    """Wait until the relay of a service has told everything."""
    await _until_none(system, service, "SELECT count(*) FROM outbox WHERE sent_at IS NULL")


async def noticed(system: System, service: str) -> None:
    """Wait until a service says by itself that the log it writes to went back."""
    statement = f"""
        SELECT count(*) = 0 FROM alarm WHERE kind = '{WENT_BACK}' AND settled_at IS NULL"""
    await _until_none(system, service, statement)


async def alarmed(system: System) -> list[str]:
    """Name the services in which such an alarm stands."""
    found = []
    for service in system.tellers:
        async with system.database(service) as connection:
            if await connection.fetchval(
                "SELECT count(*) FROM alarm WHERE kind = $1 AND settled_at IS NULL", WENT_BACK
            ):
                found.append(service)
    return found


async def gap_seen(system: System, service: str) -> None:
    """Wait until a service keeps a message aside because an earlier one is missing."""
    await _until_none(system, service, "SELECT count(*) = 0 FROM parked WHERE kind = 'gap'")


async def _until_none(system: System, service: str, statement: str) -> None:
    async with system.database(service) as connection:

        async def none() -> bool:
            return not await connection.fetchval(statement)

        await until(none, what=f"{service}: {' '.join(statement.split())}")
