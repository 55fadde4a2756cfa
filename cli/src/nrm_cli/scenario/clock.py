"""Moves the development clock of every service and waits until nothing is on its way."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from nrm_cli.doors import Doors

OPERATOR: Final = "operator"
ROUNDS: Final = 2
PAUSE_S: Final = 0.15
QUIET_S: Final = 180.0


class NotQuiet(Exception):
    """The services did not come to rest; the text says what is still on its way."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one round over all services saw."""

    events: int
    waiting: tuple[str, ...]


class Clock:
    """The one clock of a running copy, ahead of real time by an offset that only grows."""

    def __init__(self, doors: Doors) -> None:
        """Belong to a copy."""
        self._doors = doors

    async def offset(self) -> int:
        """Give the greatest offset that any service reports, in seconds."""
        reports = [await self._get(service, "development_clock") for service in self._services()]
        return max(int(report["offset_seconds"]) for report in reports)

    async def move(self, seconds: int) -> int:
        """Move every service's clock by `seconds`; give the new offset once all report it."""
        wanted = await self.offset() + seconds
        for service in self._services():
            operation = await self._doors.operation(f"{service}.move_development_clock")
            reply = await self._doors.call(
                OPERATOR, operation, path=operation.path, body={"offset_seconds": wanted}
            )
            if reply.status != 200:  # noqa: PLR2004 - HTTP
                raise NotQuiet(f"{service}: its clock did not move ({reply.code})")
        while True:
            if await self._lowest() >= wanted:
                return wanted
            await asyncio.sleep(PAUSE_S)

    async def rest(self, limit_s: float = QUIET_S) -> None:
        """Wait until two rounds in a row saw nothing due, unsent or unheard, and no new event."""
        until, before, calm = time.monotonic() + limit_s, -1, 0
        while calm < ROUNDS:
            look = await self._look()
            calm = calm + 1 if not look.waiting and look.events == before else 0
            before = look.events
            if time.monotonic() > until:
                raise NotQuiet("; ".join(look.waiting) or "new events all the time")
            await asyncio.sleep(PAUSE_S)

    async def _look(self) -> Look:
        reports = {name: await self._get(name, "development_quiet") for name in self._services()}
        told: Counter[str] = Counter()
        for report in reports.values():
            told.update(report["told"])
        waiting: list[str] = []
        for name, report in reports.items():
            late = [what for what in ("due", "unsent") if report[what]]
            waiting += [f"{name}: {report[what]} {what}" for what in late]
            for topic, heard in report["heard"].items():
                if heard < told[topic] and not report["parked"]:
                    waiting.append(f"{name}: {told[topic] - heard} of {topic} unheard")
        return Look(sum(report["events"] for report in reports.values()), tuple(waiting))

    async def _lowest(self) -> int:
        reports = [await self._get(service, "development_clock") for service in self._services()]
        return min(int(report["offset_seconds"]) for report in reports)

    async def _get(self, service: str, name: str) -> dict[str, Any]:
        operation = await self._doors.operation(f"{service}.{name}")
        reply = await self._doors.call(OPERATOR, operation, path=operation.path)
        if not isinstance(reply.body, dict) or reply.status != 200:  # noqa: PLR2004 - HTTP
            raise NotQuiet(f"{service}: {name} answered {reply.status} ({reply.code})")
        return reply.body

    def _services(self) -> Iterable[str]:
        return self._doors.copy.services


__all__ = ["Clock", "NotQuiet"]
