"""Deadlines: whatever falls due is put to its machine once, by one elected worker."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_runtime.core import Automatic, FallDue, Refused
from nrm_runtime.service import Running
from nrm_runtime.store.engine import candidacy, elect, is_away, is_busy, still_there
from nrm_runtime.store.errors import Outpaced, VaultAway
from nrm_runtime.store.execute import Outcome, execute

POLL_S: Final = 0.2
STANDBY_S: Final = 1.0
BACKOFF_S_MAX: Final = 30.0
BATCH_MAX: Final = 50
OUTPACED_MAX: Final = 10
ATTEMPTS_MAX: Final = 5
OFFICE: Final = "deadlines"

_DUE: Final = """
SELECT d.stream, h.case_ref, d.name, d.due_at FROM deadline d JOIN stream_head h USING (stream)
WHERE d.refused IS NULL AND d.due_at <= $1 ORDER BY d.due_at, d.stream, d.name LIMIT $2
"""
_REFUSE: Final = "SELECT refuse_deadline($1, $2, $3, $4)"

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _DueRow:
    stream: UUID
    case: UUID | None
    name: str
    due_at: datetime


class Deadlines:
    """Puts due deadlines to the service's machine, earliest first, each in its own transaction."""

    def __init__(self, running: Running, *, backoff_s_max: float = BACKOFF_S_MAX) -> None:
        """Work with the pools of `running`; holds no state that a crash could lose."""
        self._running = running
        self._backoff_s_max = backoff_s_max
        self._machine = running.service.machine
        self._later: dict[tuple[UUID, str], float] = {}
        self._attempts: dict[tuple[UUID, str, datetime], int] = {}

    async def fire_next(self) -> bool:
        """Put the earliest due deadline to the machine; say whether there was one.

        A deadline that fires may let an earlier one begin, so only one is taken at a time.
        """
        row = await self._next()
        if row is None:
            return False
        try:
            outcome = await self._fire(row)
        except Refused as refused:
            await self._refuse(row, refused.code)
        except Exception as error:
            if is_away(error) or isinstance(error, VaultAway):
                raise
            await self._put_off(row, error)
        else:
            if self._still_runs(outcome, row):
                await self._refuse(row, "still-running")
        return True

    async def _next(self) -> _DueRow | None:
        now, moment = await self._running.clock.now(), time.monotonic()
        async with self._running.app.connect() as connection:
            rows: Sequence[Any] = (await connection.exec_driver_sql(_DUE, (now, BATCH_MAX))).all()
        for row in rows:
            if self._later.get((row[0], row[2]), 0.0) <= moment:
                return _DueRow(*row)
        return None

    async def _fire(self, row: _DueRow) -> Outcome[Any, Any]:
        command = FallDue(
            id=uuid5(row.stream, f"fall-due/{row.name}/{row.due_at.isoformat()}"),
            by=Automatic(service=self._running.service.name),
            at=row.due_at,
            name=row.name,
        )
        for _ in range(OUTPACED_MAX):
            try:
                async with self._running.app.begin() as tx:
                    return await execute(
                        self._machine,
                        tx,
                        self._running.vault,
                        row.case,
                        command,
                        now=await self._running.clock.now(),
                        stream=row.stream,
                    )
            except Outpaced:
                continue
        raise Outpaced

    def _still_runs(self, outcome: Outcome[Any, Any], row: _DueRow) -> bool:
        clocks: Mapping[str, Any] = self._machine.clocks(outcome.state)
        due = clocks.get(row.name)
        return due is not None and due.at <= row.due_at

    async def _refuse(self, row: _DueRow, code: str) -> None:
        async with self._running.app.begin() as tx:
            await _mark(tx, row, code)
        _log.error("deadline.refused", stream=str(row.stream), code=code)

    async def _put_off(self, row: _DueRow, error: Exception) -> None:
        key = (row.stream, row.name, row.due_at)
        attempts = self._attempts.get(key, 0) + 1
        # A busy database and a rival command are nobody's fault; a fault ends after some tries.
        if not (is_busy(error) or isinstance(error, Outpaced)):
            self._attempts[key] = attempts
        if attempts >= ATTEMPTS_MAX:
            self._attempts.pop(key, None)
            await self._refuse(row, type(error).__name__)
            return
        self._later[(row.stream, row.name)] = time.monotonic() + min(
            2.0**attempts, self._backoff_s_max
        )
        _log.warning("deadline.put_off", stream=str(row.stream), error_type=type(error).__name__)


async def run_deadlines(running: Running) -> None:
    """Fire what falls due, for ever, while elected; stand by otherwise.

    A database that is away is waited for; any other error outside a deadline's own work rises.
    """
    backoff = POLL_S
    while True:
        try:
            async with candidacy(running.election) as office:
                while not await elect(office, OFFICE):
                    backoff = POLL_S
                    await asyncio.sleep(STANDBY_S)
                deadlines = Deadlines(running)
                while True:
                    await still_there(office)
                    backoff = POLL_S
                    if not await deadlines.fire_next():
                        await asyncio.sleep(POLL_S)
        except Exception as error:
            if not (is_away(error) or is_busy(error) or isinstance(error, VaultAway)):
                raise
            _log.warning("deadlines.away", error_type=type(error).__name__)
            await asyncio.sleep(backoff)
            backoff = min(backoff * 2, BACKOFF_S_MAX)


async def _mark(tx: AsyncConnection, row: _DueRow, code: str) -> None:
    await tx.exec_driver_sql(_REFUSE, (row.stream, row.name, row.due_at, code))


__all__ = ["OFFICE", "Deadlines", "run_deadlines"]
