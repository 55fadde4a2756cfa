"""Given a history, when a command comes, then these events: tests of machines read like that."""

from collections.abc import Callable
from functools import reduce
from typing import Any, Generic, Protocol, TypeVar

from nrm_runtime.core import Refused

S = TypeVar("S")
E = TypeVar("E")


class Decides(Protocol[S, E]):
    """A machine's module: `initial`, `decide`, `evolve`."""

    @property
    def initial(self) -> S: ...
    @property
    def decide(self) -> Callable[[S, Any], tuple[E, ...]]: ...
    @property
    def evolve(self) -> Callable[[S, E], S]: ...


class Given(Generic[S, E]):
    """A state that a history led to."""

    def __init__(self, machine: Decides[S, E], state: S) -> None:
        self.machine = machine
        self.state = state

    def when(self, command: object) -> tuple[E, ...]:
        """Give the events that a command leads to."""
        return self.machine.decide(self.state, command)

    def after(self, *commands: object) -> "Given[S, E]":
        """Give the state after commands, each decided in turn."""
        state = self.state
        for command in commands:
            state = reduce(self.machine.evolve, self.machine.decide(state, command), state)
        return Given(self.machine, state)

    def refuses(self, command: object, code: str) -> None:
        """Fail unless the command is refused with this very code."""
        found = None
        try:
            events = self.machine.decide(self.state, command)
        except Refused as refused:
            found = refused.code
        else:
            found = f"nothing, but led to {[type(event).__name__ for event in events]}"
        assert found == code, f"refused with {found}, not {code}"

    def stays_quiet(self, command: object) -> None:
        """Fail unless the command leads to no event."""
        assert self.when(command) == ()


def given(machine: Decides[S, E], *events: E) -> Given[S, E]:
    """Fold a history into the state that a test begins with."""
    return Given(machine, reduce(machine.evolve, events, machine.initial))


__all__ = ["Given", "given"]
