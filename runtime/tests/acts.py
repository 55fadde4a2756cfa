"""What the tests of the store do again and again with the toy service."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from nrm_runtime.core import Command, Due, Worker
from nrm_runtime.persons.payloads import Document
from nrm_runtime.service import Running
from nrm_runtime.store.errors import Outpaced
from nrm_runtime.store.execute import Outcome, execute
from nrm_runtime.testing.clock import BEGINNING
from runtime.tests import toy

COOK = Worker(organisation=uuid4(), worker=uuid4(), country="RO", kind="02", duties=frozenset())
TRIES_MAX = 200


def fill(
    litres: int = 1,
    *,
    times: int = 1,
    boil_by: Due | None = None,
    by: Worker = COOK,
    at: datetime = BEGINNING,
    id_: UUID | None = None,
) -> toy.Fill:
    return toy.Fill(id=id_ or uuid4(), by=by, at=at, litres=litres, times=times, boil_by=boil_by)


def empty() -> toy.Empty:
    return toy.Empty(id=uuid4(), by=COOK, at=BEGINNING)


async def act(
    kitchen: Running,
    case: UUID,
    command: Command,
    documents: Sequence[Document] = (),
    *,
    now: datetime = BEGINNING,
) -> Outcome[Any, Any]:
    """Execute one command in a transaction of its own, once more after each rival write."""
    for _ in range(TRIES_MAX):
        try:
            async with kitchen.app.begin() as tx:
                return await execute(
                    kitchen.service.machine,
                    tx,
                    kitchen.vault,
                    case,
                    command,
                    now=now,
                    documents=documents,
                )
        except Outpaced:
            continue
    raise Outpaced


async def rows(kitchen: Running, sql: str, *arguments: object) -> list[Any]:
    """Ask as the app role."""
    async with kitchen.app.connect() as connection:
        return list((await connection.exec_driver_sql(sql, arguments)).all())


@asynccontextmanager
async def working(task: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Let a worker's task run beside the test, and end it whatever happens."""
    running = asyncio.create_task(task)
    try:
        yield
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    """Wait until something holds; fail when it does not in time."""
    async with asyncio.timeout(seconds):
        while not await holds():
            await asyncio.sleep(0.03)
