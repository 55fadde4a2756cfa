"""What a policy hears, and what a service may hear in bulk without reading it as a contract."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeAlias, TypeVar
from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_contracts.contract import Contract
from nrm_runtime.broker.letter import Letter
from nrm_runtime.core import Automatic, Command

ContractT = TypeVar("ContractT", bound=Contract)

_EFFECTS: Final = UUID("0b8a2f5e-9d0c-5a55-8a63-6d6c1d0e7b42")
RECORDS_MAX: Final = 100  # records of one batch; keeps the wait for the acknowledgement short


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard(Generic[ContractT]):
    """A fact that another service told, with what a policy needs to answer it.

    `case` is the case it is about, `message` its id on the wire, `event` the event behind it,
    `occurred_at` when it happened, `now` the instant (UTC, service clock) at which we heard it.
    """

    data: ContractT
    case: UUID
    message: UUID
    event: UUID
    occurred_at: datetime
    now: datetime
    by: Automatic

    def command_id(self, ordinal: int = 0) -> UUID:
        """Give the id of the command that answers this fact; a repetition gives the same.

        Two services that hear one message never make the same id.
        """
        return command_id(self.by.service, self.message, ordinal)


def command_id(consumer: str, message: UUID, ordinal: int) -> UUID:
    """Give uuid5(consumer, message, ordinal)."""
    return uuid5(uuid5(_EFFECTS, consumer), f"{message}/{ordinal}")


Policy: TypeAlias = Callable[[Heard[Any]], tuple[Command, ...]]
"""Pure: a fact of theirs to commands of ours; raises `TooEarly` where another fact is missing."""

RawHandler: TypeAlias = Callable[[AsyncConnection, Sequence[Letter]], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawHearing:
    """Hears a topic whose bodies are not contracts, many at once.

    `handler` gets the transaction and the letters to apply, new ones only, in order per key;
    all of them have `case`, `stream` and `told`. It commits nothing. If it raises, each letter
    is given to it alone; `nrm_contracts.envelope.Unreadable` quarantines at once.
    """

    topic: str
    handler: RawHandler
    records_max: int = RECORDS_MAX
