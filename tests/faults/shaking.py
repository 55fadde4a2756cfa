"""A written case that goes on while part after part of the copy is killed under it.

The doors are the ordinary ones: a call that meets a dead process is made again with its key. A
strike at a web needs a command of the case that is just being made; the other strikes wait, one
at a time, until the case has given their victim something to do.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import partial
from typing import Any, Final, Self

from infra.local.parts import SERVICES
from nrm_cli.doors import Doors, Operation, Reply
from tests.faults.strikes import NothingInFlight, Strikes
from tests.system.soundness import heard_by
from tests.system.whole import System

READS: Final = frozenset({"read_packet", "read_documents", "read_document", "find_case"})
HEARERS: Final = tuple(name for name in SERVICES if heard_by(name))
SILENT: Final = ("access", "ledger")  # tell nothing in a written case
TELLERS: Final = tuple(name for name in SERVICES if name not in SILENT)
ASKED_WEBS: Final = ("identification", "referral", "assistance", "return")  # by written cases
DATABASE: Final = "postgresql"
PATIENCE_S: Final = 6.0  # for a victim to get work; then another one has its turn
TWICE_S: Final = 4.0  # between two tellings of everything again
BREATH_S: Final = 0.5

Strike = Callable[[], Awaitable[None]]


class Shaken(Doors):
    """Doors through which a case is driven while the copy is shaken."""

    def __init__(self, system: System, victims: Collection[str]) -> None:
        """Be about to strike `victims`, each once; see `VICTIMS`."""
        super().__init__(system.copy)
        self.strikes = Strikes(system, Doors(system.copy), hurried=len(victims) > 1)
        self.turn = asyncio.Lock()
        self.webs = {name for name in ASKED_WEBS if f"{name} web" in victims}
        self.database = DATABASE in victims
        self.hearers = {name for name in SERVICES if f"{name} worker, hearing" in victims}
        ways = background(self.strikes)
        self.waiting = {name: ways[name] for name in ways if name in victims}

    async def __aenter__(self) -> Self:
        """Remember where the outboxes end: what was told before this run is left in peace."""
        for service in TELLERS:
            async with self.strikes.system.database(service) as connection:
                last = await connection.fetchval("SELECT coalesce(max(id), 0) FROM outbox")
            self.strikes.first[service] = last + 1
        return await super().__aenter__()

    async def __aexit__(self, *error: object) -> None:
        """Close the helpers' doors too."""
        await self.strikes.doors.__aexit__(*error)
        await super().__aexit__(*error)

    @property
    def left(self) -> list[str]:
        """The victims that were not struck yet."""
        webs = {f"{name} web" for name in self.webs}
        hearers = {f"{name} worker, hearing" for name in self.hearers}
        return sorted({*webs, *hearers, *self.waiting, *([DATABASE] if self.database else [])})

    async def call(self, caller: str, operation: Operation, **how: Any) -> Reply:
        """Make a call; a command may be the one at which its service is struck."""

        async def work() -> Reply:
            return await super(Shaken, self).call(caller, operation, **how)

        if not self._may_strike(caller, operation):
            return await work()
        async with self.turn:
            service = operation.service
            if service in self.webs:
                reply, struck = await self.strikes.answering(service, work)
                self.webs -= {service} if struck else set()
            elif self.database:
                reply, struck = await self.strikes.storing(service, work)
                self.database = not struck
            else:  # another call was faster
                reply = await work()
            return reply

    def _may_strike(self, caller: str, operation: Operation) -> bool:
        command = operation.method == "POST" and operation.name not in READS
        outside = caller in {"operator", "auditor"}
        return command and not outside and (operation.service in self.webs or self.database)

    async def shake(self) -> None:
        """Strike in turn, each victim when it is seen at work; who is idle is tried again later."""
        while self.hearers or self.waiting:
            await self._strike_a_hearer()
            for name, strike in tuple(self.waiting.items()):
                if not await self.strikes.present(name.partition(",")[0]):
                    continue
                with contextlib.suppress(NothingInFlight):
                    async with self.turn:
                        await strike()
                    del self.waiting[name]
                    break
            await asyncio.sleep(BREATH_S)

    async def _strike_a_hearer(self) -> None:
        present = [name for name in self.hearers if await self.strikes.present(f"{name} worker")]
        if not present:
            return
        with contextlib.suppress(NothingInFlight):
            async with self.turn:
                self.hearers.discard(await self.strikes.hearing(present, PATIENCE_S))

    async def tell_twice(self) -> None:
        """Have every service tell all of this run again, over and over, until cancelled."""
        while True:
            await asyncio.sleep(TWICE_S)
            async with self.turn:
                await republish(self.strikes.doors, self.strikes.first)


def background(strikes: Strikes) -> Mapping[str, Strike]:
    """Give the strikes that need no command of their own, by the names of their victims."""
    ways: dict[str, Strike] = {
        "ledger signer": partial(strikes.signing, PATIENCE_S),
        "ledger worker, sequencing": partial(strikes.sequencing, PATIENCE_S),
    }
    for service in TELLERS:
        ways[f"{service} worker, relaying"] = partial(strikes.relaying, service)
    ways["ledger web"] = partial(strikes.showing, "ledger", "checkpoint", "checkpoint", "auditor")
    ways["notifications web"] = partial(
        strikes.showing, "notifications", "notice", "list_notices", "ngo-d/giulia"
    )
    ways["access web"] = partial(
        strikes.showing, "access", "listed", "list_organisations", "ngo-d/giulia"
    )
    ways["kafka"] = strikes.telling
    return ways


VICTIMS: Final = (
    *(f"{service} web" for service in SERVICES),
    "postgresql",
    "kafka",
    *(f"{service} worker, hearing" for service in HEARERS),
    *(f"{service} worker, relaying" for service in TELLERS),
    "ledger worker, sequencing",
    "ledger signer",
)


async def republish(doors: Doors, first: Mapping[str, int] | None = None) -> int:
    """Have every service tell its messages again, from its `first` row on; gives how many."""
    told = 0
    for service in doors.copy.services:
        operation = await doors.operation(f"{service}.republish")
        body = {"first": first[service]} if first and service in first else {}
        reply = await doors.call("operator", operation, path=operation.path, body=body)
        assert reply.status == 200, reply.code
        told += int(reply.body["cleared"])
    return told
