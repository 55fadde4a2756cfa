"""Notices a consumer that is alive and hears nothing. Liveness means progress.

Time in which the broker or the database is away is not counted: nothing could be heard then. Nor
is time in which nobody looked, because looking at others took long or the process was stopped.
"""

from dataclasses import dataclass, field
from typing import Final

STILL_MAX_S: Final = 20.0  # behind, and the position stands still, and nothing is being worked on
HOMELESS_MAX_S: Final = 30.0  # partitions that nobody has, while the broker answers
STEP_MAX_S: Final = 5.0  # counted between two looks, however far apart they are
WORK_MAX_S: Final = 200.0  # one batch; below the interval after which the group gives us up


class Stuck(Exception):
    """This process hears nothing any more; it must end, and be started anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look at a consumer showed.

    `behind` counts records not yet fetched, `position` is the sum of positions, `working` says
    that a batch is in work, `owned` that each partition of its topic has an owner in the group.
    """

    assigned: int
    behind: int
    position: int
    working: bool
    owned: bool


@dataclass(slots=True)
class Watchdog:
    """Adds up, over the looks at one consumer, the time without progress. Pure."""

    topic: str
    still_s: float = 0.0
    homeless_s: float = 0.0
    work_s: float = 0.0
    _position: int = field(default=-1)
    _looked_at: float | None = field(default=None)

    def away(self) -> None:
        """An engine was away since the last look: nothing of that time counts."""
        self.still_s = self.homeless_s = self.work_s = 0.0
        self._looked_at = None

    def look(self, seen: Look, now: float) -> None:
        """Take in a look, at so many seconds of a clock that only grows; raises `Stuck`."""
        passed_s = 0.0 if self._looked_at is None else min(now - self._looked_at, STEP_MAX_S)
        self._looked_at = now
        moved = seen.position != self._position
        self._position = seen.position
        still = seen.assigned > 0 and seen.behind > 0 and not moved and not seen.working
        homeless = seen.assigned == 0 and not seen.owned
        self.still_s = self.still_s + passed_s if still else 0.0
        self.homeless_s = self.homeless_s + passed_s if homeless else 0.0
        self.work_s = self.work_s + passed_s if seen.working and not moved else 0.0
        if self.still_s > STILL_MAX_S:
            raise Stuck(f"{self.topic}: {seen.behind} records behind and no progress")
        if self.homeless_s > HOMELESS_MAX_S:
            raise Stuck(f"{self.topic}: no partitions")
        if self.work_s > WORK_MAX_S:
            raise Stuck(f"{self.topic}: one batch takes too long")
