"""A written case that goes on while part after part of the copy is killed under it.

The doors are the ordinary ones: a call that meets a dead process is made again with its key. A
strike at a web needs a command of the case that is just being made; the other strikes wait, one
at a time, until the case has given their victim something to do.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final

from nrm_cli.doors import Doors, Operation, Reply
from tests.faults.strikes import NothingInFlight, Strikes
from tests.system.whole import System

READS: Final = frozenset({"read_packet", "read_documents", "read_document", "find_case"})
QUIET_WEBS: Final = ("notifications", "ledger")  # no command of a written case comes to them
PATIENCE_S: Final = 6.0  # for a victim to get work; then another one has its turn
TWICE_S: Final = 4.0  # between two tellings of everything again
BREATH_S: Final = 0.5

Strike = Callable[[], Awaitable[None]]


class Shaken(Doors):
    """Doors through which a case is driven while the copy is shaken."""

    def __init__(self, system: System, victims: Iterable[str]) -> None:
        """Be about to strike `victims`, each once; see `VICTIMS`."""
        super().__init__(system.copy)
        self.strikes = Strikes(system, Doors(system.copy))
        self.turn = asyncio.Lock()
        named = set(victims)
        self.webs = {name for name in system.services if f"{name} web" in named}
        self.webs -= set(QUIET_WEBS)
        self.database = "postgresql" in named
        ways = background(self.strikes)
        self.waiting = [ways[name] for name in ways if name in named]
        self.hearers = {name for name in system.services if f"{name} worker, hearing" in named}

    async def __aexit__(self, *error: object) -> None:
        """Close the helpers' doors too."""
        await self.strikes.doors.__aexit__(*error)
        await super().__aexit__(*error)

    @property
    def done(self) -> bool:
        """Whether every victim was struck."""
        return not (self.webs or self.database or self.hearers or self.waiting)

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
            if self.hearers:
                with contextlib.suppress(NothingInFlight):
                    async with self.turn:
                        self.hearers.discard(await self.strikes.hearing(self.hearers, PATIENCE_S))
            if self.waiting:
                strike = self.waiting[0]
                with contextlib.suppress(NothingInFlight):
                    async with self.turn:
                        await strike()
                    self.waiting.remove(strike)
            self.waiting = self.waiting[1:] + self.waiting[:1]
            await asyncio.sleep(BREATH_S)

    async def tell_twice(self) -> None:
        """Have every service tell everything again, over and over, until cancelled."""
        while True:
            await asyncio.sleep(TWICE_S)
            async with self.turn:
                await republish(self.strikes.doors)


def background(strikes: Strikes) -> Mapping[str, Strike]:
    """Give the strikes that need no command of their own, by the names of their victims."""
    tellers = strikes.system.tellers
    ways: dict[str, Strike] = {
        "ledger signer": partial(strikes.signing, PATIENCE_S),
        "ledger worker, sequencing": partial(strikes.sequencing, PATIENCE_S),
    }
    for service in tellers:
        ways[f"{service} worker, relaying"] = partial(strikes.relaying, service)
    ways["kafka"] = strikes.telling
    ways["ledger web"] = partial(strikes.showing, "ledger", "checkpoint", "checkpoint", "auditor")
    ways["notifications web"] = partial(
        strikes.showing, "notifications", "notice", "list_notices", "ngo-d/giulia"
    )
    return ways


def victims(system: System) -> list[str]:
    """Name everything that can be struck."""
    webs = [f"{service} web" for service in system.services if service not in QUIET_WEBS]
    hearers = [f"{service} worker, hearing" for service in system.services]
    return [*webs, "postgresql", *hearers, *background(Strikes(system, Doors(system.copy)))]


async def republish(doors: Doors) -> int:
    """Have every service tell all its messages again; gives how many."""
    told = 0
    for service in doors.copy.services:
        operation = await doors.operation(f"{service}.republish")
        reply = await doors.call("operator", operation, path=operation.path, body={})
        assert reply.status == 200, reply.code
        told += int(reply.body["cleared"])
    return told
