"""The one shape every machine has; a module satisfies it without a class."""

from typing import Protocol, TypeVar

State = TypeVar("State")
EventT = TypeVar("EventT")
CommandT_contra = TypeVar("CommandT_contra", contravariant=True)


class Decider(Protocol[State, CommandT_contra, EventT]):
    """Pure functions: `decide` may refuse, `evolve` never does."""

    @property
    def initial(self) -> State:
        """The state of a stream without events."""
        ...

    def decide(self, state: State, command: CommandT_contra, /) -> tuple[EventT, ...]:
        """Give the facts that follow from a command, or raise `Refused`."""
        ...

    def evolve(self, state: State, event: EventT, /) -> State:
        """Give the state after a fact."""
        ...
