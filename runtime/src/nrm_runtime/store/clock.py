"""The service's clock: real time, and in development an offset that only grows."""

import time
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

CACHE_S: Final = 0.05
OFFSET_S_MAX: Final = 100 * 365 * 86_400

_READ: Final = "SELECT coalesce(max(offset_s), 0) FROM development_clock"


class Clock:
    """What time it is for domain, deadlines and `recorded_at`; tokens and leases use real time.

    In production the offset is never read.
    """

    def __init__(self, engine: AsyncEngine, *, development: bool) -> None:
        """Read the offset through `engine`, in development only."""
        self._engine = engine
        self._development = development
        self._offset = timedelta(0)
        self._until = 0.0

    async def now(self) -> datetime:
        """Give the time (UTC); the offset is at most 50 ms old."""
        if self._development and time.monotonic() >= self._until:
            await self.offset()
        return datetime.now(UTC) + self._offset

    async def offset(self) -> int:
        """Read the offset in seconds afresh."""
        async with self._engine.connect() as connection:
            found = (await connection.exec_driver_sql(_READ)).scalar_one()
        self._keep(found)
        return int(found)

    async def move(self, offset_s: int) -> int:
        """Raise the offset to at least `offset_s`; give the one that holds now.

        The database grants it in development only.
        """
        if not 0 <= offset_s <= OFFSET_S_MAX:
            msg = "offset out of range"
            raise ValueError(msg)
        async with self._engine.begin() as tx:
            found = (await tx.exec_driver_sql("SELECT move_clock($1)", (offset_s,))).scalar_one()
        self._keep(found)
        return int(found)

    def _keep(self, offset_s: int) -> None:
        # A rival's older answer must not turn time back.
        self._offset = max(self._offset, timedelta(seconds=offset_s))
        self._until = time.monotonic() + CACHE_S
