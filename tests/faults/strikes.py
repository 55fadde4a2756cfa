"""Kills of single parts, each at a moment at which the part is seen to have work in its hands.

What is in flight is held there by a lock of the superuser, or by putting a neighbour to sleep,
and looked at before the part is killed: a kill that hits an idle process proves nothing.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from nrm_cli.doors import Doors
from tests.system.patience import until
from tests.system.soundness import LEDGER, Connection
from tests.system.whole import System

T = TypeVar("T")

OK: Final = 200
SEEN_S: Final = 20.0
TELLINGS_MAX: Final = 5
KILL: Final = signal.SIGKILL

# Transactions of web: they wait for the lock of a table while they hold a key of idempotency.
_WEB_WAITS: Final = """
SELECT count(*) FROM pg_locks w JOIN pg_locks k USING (pid)
WHERE NOT w.granted AND w.relation = $1::regclass
  AND k.granted AND k.relation = 'nrm.idempotency'::regclass AND k.mode = 'RowExclusiveLock'
"""
# Sessions of one role that wait for the lock of a table.
_WAITS_FOR: Final = """
SELECT count(*) FROM pg_locks w JOIN pg_stat_activity a USING (pid)
WHERE NOT w.granted AND w.relation = $1::regclass AND a.usename = $2
"""
# The same for locks of rows.
_WAITS: Final = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND usename = $1 AND wait_event_type = 'Lock'
"""
_AGAIN: Final = "SELECT republish(NULL, $1, NULL)"


class NothingInFlight(AssertionError):
    """The part had nothing in its hands for as long as we looked."""


@dataclass(slots=True)
class Strikes:
    """The kills of one run; `seen` says of each what was in flight.

    Where `hurried`, nobody waits for a process to be back before another one is struck: only the
    same process is left alone until then. Engines are waited for in any case.
    """

    system: System
    doors: Doors
    hurried: bool = False
    seen: dict[str, str] = field(default_factory=dict)
    first: dict[str, int] = field(default_factory=dict)  # row of each outbox that is told again
    _gone: dict[str, int] = field(default_factory=dict)  # not seen again yet, with their starts

    async def present(self, victim: str) -> bool:
        """Whether a part that was killed is back and ready; true of one that was not."""
        starts = self._gone.get(victim)
        if starts is not None and not await self.system.is_back(victim, starts):
            return False
        self._gone.pop(victim, None)
        return True

    async def all_present(self) -> None:
        """Wait until everything that was killed is back."""
        for victim, starts in tuple(self._gone.items()):
            await self.system.wait_for_another(victim, starts)
            del self._gone[victim]

    def _kill(self, victim: str, evidence: str, *, under: str | None = None) -> None:
        self.seen[under or victim] = evidence
        self._gone[victim] = self.system.signal(victim, KILL)

    async def _back(self, victim: str) -> None:
        if not self.hurried:
            await self.system.wait_for_another(victim, self._gone[victim])
            del self._gone[victim]

    async def answering(self, service: str, call: Callable[[], Awaitable[T]]) -> tuple[T, bool]:
        """Kill a web while the command of `call` is in the middle of its transaction.

        Gives the answer, for which the call was made again, and whether there was a kill: a
        command that is refused at once stores nothing and is in nobody's hands.
        """
        victim = f"{service} web"
        async with self._held(service, "event", "EXCLUSIVE") as connection:
            working = asyncio.ensure_future(call())
            if not await self._stuck(connection, victim, working):
                return await working, False
            self._kill(victim, "a command, before its events were stored")
        answer = await working
        await self._back(victim)
        return answer, True

    async def showing(self, service: str, table: str, name: str, caller: str) -> None:
        """Kill a web while it reads for a GET, which is made again until it is answered."""
        victim = f"{service} web"
        operation = await self.doors.operation(f"{service}.{name}")
        async with self._held(service, table, "ACCESS EXCLUSIVE") as connection:
            asking = self.doors.call(caller, operation, path=operation.path)
            working = asyncio.ensure_future(asking)
            role = f"nrm_{service}_app"
            reads = until(
                lambda: _some(connection, _WAITS_FOR, f"nrm.{table}", role), SEEN_S, "a reader"
            )
            await reads
            self._kill(victim, f"a reader of {table}")
        assert (await working).status == OK
        await self._back(victim)

    async def hearing(self, services: Collection[str], limit_s: float) -> str:
        """Kill the first of some workers that is seen to mark what it hears; gives its service.

        Raises NothingInFlight if none of them hears anything for so many seconds.
        """
        async with AsyncExitStack() as stack:
            held = {
                service: await stack.enter_async_context(self._held(service, "inbox", "EXCLUSIVE"))
                for service in services
            }
            hearers: list[str] = []

            async def seen() -> bool:
                for service, connection in held.items():
                    role = f"nrm_{service}_app"
                    if await _some(connection, _WAITS_FOR, "nrm.inbox", role):
                        hearers.append(service)
                return bool(hearers)

            await _or_nothing(until(seen, limit_s, f"one of {sorted(services)} to hear"))
            victim = f"{hearers[0]} worker"
            self._kill(victim, "a batch that it heard", under=f"{victim}, hearing")
        await self._back(victim)
        return hearers[0]

    async def relaying(self, service: str) -> None:
        """Kill a worker in the middle of a relay's batch: told to Kafka, not yet marked.

        Raises NothingInFlight while its relay has not come back from the loss of an engine.
        """
        victim = f"{service} worker"
        async with self.system.database(service) as connection:
            transaction = connection.transaction()
            with self.system.asleep(victim):
                await connection.execute(_AGAIN, self.first.get(service))
                await transaction.start()
                held = await connection.fetch(
                    "SELECT id FROM outbox WHERE sent_at IS NULL FOR UPDATE"
                )
            try:
                if not held:
                    raise NothingInFlight(f"{service} has told nothing yet")
                role = f"nrm_{service}_relay"
                marks = until(lambda: _some(connection, _WAITS, role), SEEN_S, "a batch's marks")
                await _or_nothing(marks)
                evidence = f"{len(held)} rows told and not marked"
                self._kill(victim, evidence, under=f"{victim}, relaying")
            finally:
                await transaction.rollback()
        await self._back(victim)

    async def sequencing(self, limit_s: float) -> None:
        """Kill the ledger's worker while it gives entries their leaves."""
        victim = "ledger worker"
        async with self._held(LEDGER, "leaf", "EXCLUSIVE") as connection:
            role = "nrm_ledger_sequencer"
            waits = until(
                lambda: _some(connection, _WAITS_FOR, "nrm.leaf", role), limit_s, "leaves"
            )
            await _or_nothing(waits)
            self._kill(victim, "leaves", under=f"{victim}, sequencing")
        await self._back(victim)

    async def signing(self, limit_s: float) -> None:
        """Kill the signer while a grown tree waits for its signature."""
        victim = "ledger signer"
        async with self.system.database(LEDGER) as connection:
            with self.system.asleep(victim):
                waits = (
                    "SELECT (SELECT coalesce(max(size), 0) FROM tree)"
                    " - (SELECT coalesce(max(size), 0) FROM checkpoint)"
                )
                await _or_nothing(until(lambda: _some(connection, waits), limit_s, "a tree"))
                unsigned = await connection.fetchval(waits)
                self._kill(victim, f"{unsigned} leaves without signature")
        await self._back(victim)

    async def telling(self) -> None:
        """Kill Kafka while messages of every service are on their way to it."""
        for _ in range(TELLINGS_MAX):
            for service in self.system.tellers:
                async with self.system.database(service) as connection:
                    await connection.execute(_AGAIN, self.first.get(service))
            starts = self.system.signal("kafka", KILL)
            unsent = await self._unsent()
            await self.system.wait_for_another("kafka", starts)
            if unsent:
                self.seen["kafka"] = f"{unsent} rows unsent"
                return
        raise NothingInFlight("every row had reached Kafka before it was killed")

    async def storing(self, service: str, call: Callable[[], Awaitable[T]]) -> tuple[T, bool]:
        """Kill PostgreSQL while the command of `call` is in the middle of its transaction.

        Gives what `answering` gives.
        """
        connection = await self._locked(service)
        working = asyncio.ensure_future(call())
        struck = await self._stuck(connection, "postgresql", working)
        if struck:
            self.seen["postgresql"] = "a command, before its events were stored"
            starts = self.system.signal("postgresql", KILL)
            connection.terminate()
            await self.system.wait_for_another("postgresql", starts)
        else:
            await connection.close()
        return await working, struck

    async def _locked(self, service: str) -> Connection:
        connection = await self.system.connect(self.system.database_name(service))
        await connection.execute("BEGIN; LOCK TABLE nrm.event IN EXCLUSIVE MODE")
        return connection

    async def _unsent(self) -> int:
        total = 0
        for service in self.system.tellers:
            async with self.system.database(service) as connection:
                total += await connection.fetchval(
                    "SELECT count(*) FROM outbox WHERE sent_at IS NULL"
                )
        return total

    @asynccontextmanager
    async def _held(self, service: str, table: str, mode: str) -> AsyncIterator[Connection]:
        async with self.system.database(service) as connection, connection.transaction():
            await connection.execute(f"LOCK TABLE {table} IN {mode} MODE")
            yield connection

    async def _stuck(
        self, connection: Connection, victim: str, working: "asyncio.Future[Any]"
    ) -> bool:
        """Wait until a web waits for the lock of events; False if the call is answered first."""

        async def seen() -> bool:
            return working.done() or await _some(connection, _WEB_WAITS, "nrm.event")

        try:
            await until(seen, SEEN_S, f"{victim} to be in the middle of its work")
        except BaseException:
            working.cancel()
            raise
        return not working.done()


async def _or_nothing(waiting: Awaitable[None]) -> None:
    try:
        await waiting
    except AssertionError as error:
        raise NothingInFlight(str(error)) from error


async def _some(connection: Connection, statement: str, *arguments: object) -> bool:
    """Ask anew: in a transaction the server goes on showing the sessions of its first look."""
    await connection.execute("SELECT pg_stat_clear_snapshot()")
    return bool(await connection.fetchval(statement, *arguments))
