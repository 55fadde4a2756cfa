"""A machine as the shell sees it: pure functions, names at rest, what is told and shown."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Generic, TypeVar, cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_contracts.contract import Contract
from nrm_runtime.core import Actor, Command, Due, Event, Refused
from nrm_runtime.store.codec import Codec
from nrm_runtime.store.streams import stream_id

S = TypeVar("S")
E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied(Generic[S, E]):
    """One stored event, as a projection sees it; `state` is the one after it.

    `by` names organisation and worker, or the service; country, kind and duties are empty,
    since a rebuild knows no more than what was recorded. `case` is the stream where an event
    belongs to no case.
    """

    case: UUID
    stream: UUID
    seq: int
    event_id: UUID
    entry_hash: str
    event: E
    state: S
    recorded_at: datetime
    by: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine(Generic[S, E]):
    """A service's machine and what belongs to it; `stream` is by default that of the case."""

    service: str
    name: str
    initial: S
    decide: Callable[[S, Any], tuple[E, ...]]
    evolve: Callable[[S, E], S]
    codec: Codec
    tell: Callable[[E], Contract | None]
    clocks: Callable[[S], Mapping[str, Due]]
    project: Callable[[AsyncConnection, Applied[S, E]], Awaitable[None]]
    stream: Callable[[UUID, Command], UUID] = field(default=None)  # type: ignore[assignment]

    def __post_init__(self) -> None:
        """Let the case name the stream where nothing else was said."""
        if cast("object", self.stream) is None:
            object.__setattr__(
                self, "stream", lambda case, _: stream_id(self.service, self.name, case)
            )


def _nothing_to_decide(_state: None, _command: Command) -> tuple[Event, ...]:
    raise Refused("no-machine", "This service decides nothing.")


async def _nothing_to_show(_tx: AsyncConnection, _applied: Applied[None, Event]) -> None:
    return None


NO_MACHINE: Final[Machine[None, Event]] = Machine(
    service="none",
    name="none",
    initial=None,
    decide=_nothing_to_decide,
    evolve=lambda state, _event: state,
    codec=Codec({}),
    tell=lambda _event: None,
    clocks=lambda _state: {},
    project=_nothing_to_show,
)
"""For a service that is append-only by nature and has no machine."""


__all__ = ["NO_MACHINE", "Applied", "Machine"]
