"""What a relay concludes from a batch: what is told, which keys stop, what was lost. Pure."""

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from uuid import UUID

STOP_FIRST_S: Final = 1.0
STOP_MAX_S: Final = 60.0

Key: TypeAlias = tuple[str, UUID]
"""Topic and key: what is told in order, and what stops alone."""

Partition: TypeAlias = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Row:
    """An unsent row of the outbox."""

    id: int
    topic: str
    key: UUID
    message: UUID
    stream: UUID
    told: int
    stored_at: str
    traceparent: str | None
    body: bytes

    @property
    def run(self) -> Key:
        """What its order is kept within."""
        return self.topic, self.key


@dataclass(frozen=True, slots=True)
class Sent:
    """Where the broker put a row."""

    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Failed:
    """Why the broker has not taken a row. `passing`: it may take the same record later."""

    reason: str
    passing: bool


Result: TypeAlias = Sent | Failed | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows from a batch. A row without a result was not tried: nobody is to blame.

    `told` are the ids to mark: per key the unbroken run of successes from its first row.
    `stopped` are keys with the reason of their first failure; `cleared` those that went well.
    `away`: nothing at all was taken, for a passing reason, so that no key is to blame.
    """

    told: tuple[int, ...]
    stopped: Mapping[Key, str]
    cleared: frozenset[Key]
    failed: bool
    away: bool


def conclude(rows: Sequence[Row], results: Sequence[Result]) -> Verdict:
    """Sort the results of a batch, row by row in the order in which they were sent."""
    told: list[int] = []
    first_failure: dict[Key, Failed] = {}
    broken: set[Key] = set()
    for row, result in zip(rows, results, strict=True):
        if isinstance(result, Failed):
            first_failure.setdefault(row.run, result)
        if not isinstance(result, Sent):
            broken.add(row.run)
        elif row.run not in broken:
            told.append(row.id)
    passing = all(result.passing for result in results if isinstance(result, Failed))
    taken = any(isinstance(result, Sent) for result in results)
    away = bool(first_failure) and passing and not taken
    return Verdict(
        told=tuple(told),
        stopped={} if away else {run: failure.reason for run, failure in first_failure.items()},
        cleared=frozenset(row.run for row in rows) - broken,
        failed=bool(broken),
        away=away,
    )


@dataclass(slots=True)
class Stops:
    """The keys that stand still, each with a back-off of its own (seconds of a given clock)."""

    until: MutableMapping[Key, tuple[float, int]] = field(default_factory=dict)

    def standing(self, now: float) -> list[Key]:
        """Give the keys that the poll leaves out now."""
        return [run for run, (until, _) in self.until.items() if until > now]

    def note(self, verdict: Verdict, now: float) -> list[Key]:
        """Take in a verdict; gives the keys that stand still for the first time."""
        for run in verdict.cleared:
            self.until.pop(run, None)
        fresh = [run for run in verdict.stopped if run not in self.until]
        for run in verdict.stopped:
            failures = self.until.get(run, (0.0, 0))[1] + 1
            wait = min(STOP_MAX_S, STOP_FIRST_S * 2 ** min(failures - 1, 10))
            self.until[run] = (now + wait, failures)
        return fresh

    def thinned(self, rows: Sequence[Row]) -> list[Row]:
        """Leave of each key on probation its first row only: the rest follow if it is taken."""
        kept: list[Row] = []
        probed: set[Key] = set()
        for row in rows:
            if row.run in self.until:
                if row.run in probed:
                    continue
                probed.add(row.run)
            kept.append(row)
        return kept


def went_back(
    ends: MutableMapping[Partition, int], rows: Sequence[Row], results: Sequence[Result]
) -> dict[Partition, tuple[int, int]]:
    """Follow the ends of the log; gives each partition that stood further before, with both.

    An acknowledged offset at or below one acknowledged before means that records were lost:
    the broker's disk was wiped, or the topic was made anew.
    """
    lost: dict[Partition, tuple[int, int]] = {}
    for row, result in zip(rows, results, strict=True):
        if not isinstance(result, Sent):
            continue
        partition = (row.topic, result.partition)
        before = ends.get(partition, -1)
        if result.offset <= before and partition not in lost:
            lost[partition] = (before, result.offset)
        ends[partition] = result.offset
    return lost
