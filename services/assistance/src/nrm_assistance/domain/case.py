"""The machine of assistance: one stream per case, in it one assistance per organisation.

What may happen to an assistance is in `ALLOWED`; nothing here awaits, reads a clock or knows a
database. Facts of other services come in as `Learn…` commands and are followed; acts of workers
are checked: whose assistance it is, whether its state allows the act, and then its own guards.
"""

from typing import TypeAlias, assert_never

from nrm_assistance.domain.allowed import ALLOWED
from nrm_assistance.domain.assessing import Assess, assess
from nrm_assistance.domain.clocks import clocks, fall_due
from nrm_assistance.domain.commands import Learn, OpenAssistance
from nrm_assistance.domain.events import AssistanceEvent
from nrm_assistance.domain.evolving import evolve
from nrm_assistance.domain.hearing import learn
from nrm_assistance.domain.helping import Help, assist
from nrm_assistance.domain.states import Case, Opened, State, Unheard
from nrm_assistance.domain.working import Way, go, open_assistance
from nrm_contracts.ids import OrganisationId
from nrm_runtime.core import FallDue, Refused, worker

Act: TypeAlias = Way | Assess | Help
"""What the assisting organisation does on its own assistance."""

AssistanceCommand: TypeAlias = Learn | OpenAssistance | Act | FallDue

initial: State = Unheard()


def decide(state: State, command: AssistanceCommand) -> tuple[AssistanceEvent, ...]:
    """Give the facts that follow from a command, or raise `Refused`."""
    if isinstance(command, Learn):
        return learn(state, command)
    if isinstance(command, FallDue):
        return fall_due(state, command)
    if not isinstance(state, Case):
        raise Refused("case-unknown", "This service has not heard of the case.")
    if isinstance(command, OpenAssistance):
        if command.assistance in state.assistances:
            raise Refused("out-of-order", "This assistance has been opened.")
        return open_assistance(state, command)
    return _act(state, _own(state, command), command)


def _own(state: Case, command: Act) -> Opened:
    one = state.assistances.get(command.assistance)
    if one is None:
        raise Refused("out-of-order", "There is no such assistance.")
    if OrganisationId(worker(command).organisation) != one.file.organisation:
        raise Refused("not-a-party", "Only the organisation that assists may do this.")
    return one


def _act(state: Case, one: Opened, command: Act) -> tuple[AssistanceEvent, ...]:
    if type(command) not in ALLOWED[type(one)]:
        raise Refused(
            "out-of-order",
            f"{type(command).__name__} is not possible in {type(one).__name__}.",
        )
    if isinstance(command, Way):
        return go(one.file, command)
    if isinstance(command, Assess):
        return assess(state, one, command)
    if isinstance(command, Help):
        return assist(state, one, command)
    assert_never(command)


__all__ = [
    "ALLOWED",
    "AssistanceCommand",
    "AssistanceEvent",
    "State",
    "clocks",
    "decide",
    "evolve",
    "initial",
]
