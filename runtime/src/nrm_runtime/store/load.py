"""A stream's head and events, in one query, folded into the state they lead to."""

from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Final, Generic, TypeVar, cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_runtime.core import Event
from nrm_runtime.store.append import Head
from nrm_runtime.store.engine import driver
from nrm_runtime.store.errors import StreamTooLong
from nrm_runtime.store.machine import Machine

EVENTS_MAX: Final = 10_000  # one case's history in one service; far above what a case reaches

S = TypeVar("S")
E = TypeVar("E", bound=Event)

_HISTORY: Final = """
SELECT h.seq, h.told, h.entry_hash, h.recorded_at, h.case_ref,
       e.types, e.versions, e.bodies, e.commands
FROM stream_head h CROSS JOIN LATERAL (
  SELECT array_agg(type ORDER BY seq) AS types, array_agg(schema_version ORDER BY seq) AS versions,
         array_agg(body ORDER BY seq) AS bodies, array_agg(command_id ORDER BY seq) AS commands
  FROM (SELECT * FROM event WHERE stream = $1 ORDER BY seq LIMIT $2) all_of_it
) e
WHERE h.stream = $1
"""
_HEAD: Final = """
SELECT seq, told, entry_hash, recorded_at, EXISTS (SELECT FROM event WHERE event_id = $2) AS known
FROM stream_head WHERE stream = $1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past(Generic[S]):
    """What a stream has come to: its state, its head, and the commands that led here."""

    state: S
    head: Head
    case: UUID | None
    commands: frozenset[UUID]

    @property
    def seq(self) -> int:
        """Events so far."""
        return self.head.seq

    @property
    def told(self) -> int:
        """Messages so far on the service's own topic."""
        return self.head.told

    @property
    def head_hash(self) -> bytes | None:
        """Leaf hash of the last entry."""
        return self.head.entry_hash

    @property
    def recorded_at(self) -> datetime:
        """When the last event was recorded."""
        return self.head.recorded_at

    def knows(self, command: UUID) -> bool:
        """Say whether a command has had its effect here."""
        return command in self.commands


async def load(machine: Machine[S, E], tx: AsyncConnection, stream: UUID) -> Past[S]:
    """Load and fold a stream; one without events has the machine's initial state.

    Raises `StreamTooLong` beyond `EVENTS_MAX` events and `UnknownEvent` for a history that this
    version of the code cannot read.
    """
    row = await (await driver(tx)).fetchrow(_HISTORY, stream, EVENTS_MAX)
    if row is None:
        return Past(state=machine.initial, head=Head(), case=None, commands=frozenset())
    seq, told, entry_hash, recorded_at, case, types, versions, bodies, commands = row
    if seq > EVENTS_MAX:
        raise StreamTooLong(f"{seq} events")
    decode = machine.codec.decode
    events = (
        cast("E", decode(name, version, body))
        for name, version, body in zip(types, versions, bodies, strict=True)
    )
    return Past(
        state=reduce(machine.evolve, events, machine.initial),
        head=Head(seq=seq, told=told, entry_hash=entry_hash, recorded_at=recorded_at),
        case=case,
        commands=frozenset(commands),
    )


async def load_head(tx: AsyncConnection, stream: UUID, event: UUID) -> tuple[Head, bool]:
    """Give a stream's head, and whether `event` is one of its events."""
    row = await (await driver(tx)).fetchrow(_HEAD, stream, event)
    if row is None:
        return Head(), False
    seq, told, entry_hash, recorded_at, known = row
    head = Head(seq=seq, told=told, entry_hash=entry_hash, recorded_at=recorded_at)
    return head, known


__all__ = ["EVENTS_MAX", "Past", "load", "load_head"]
