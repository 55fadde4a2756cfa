"""Which deadlines run in a state, and what happens when one is reached."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from nrm_assistance.domain.events import DeadlineFellDue
from nrm_assistance.domain.states import (
    RUNNING,
    Case,
    Clock,
    File,
    Opened,
    Plan,
    SafetyPlan,
    State,
    Ticking,
    TransferredWithTask,
    Urgent,
)
from nrm_contracts.codes import Overdue
from nrm_contracts.ids import AboutId, AssistanceId, OrganisationId
from nrm_runtime.core import Due, FallDue


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """One deadline: what it is, what it is about, whose task it is, whether it is to come."""

    what: Overdue
    about: AboutId
    due: Due
    to_come: bool
    assistance: AssistanceId
    responsible: OrganisationId

    @property
    def name(self) -> str:
        """Give the name by which the deadline is kept."""
        return f"{self.what.value}:{self.about}"


def deadlines(one: Opened) -> Iterator[Deadline]:
    """Give every deadline of an assistance, those that were missed included."""
    for what, about, clock in _of(one):
        yield Deadline(
            what=what,
            about=AboutId(about),
            due=clock.due,
            to_come=isinstance(clock, Ticking),
            assistance=one.file.assistance,
            responsible=one.file.organisation,
        )


def running(state: State) -> Iterator[Deadline]:
    """Give every deadline of a case that is still to come."""
    if isinstance(state, Case):
        for one in state.assistances.values():
            yield from (deadline for deadline in deadlines(one) if deadline.to_come)


def clocks(state: State) -> Mapping[str, Due]:
    """Give all running deadlines by name."""
    return {deadline.name: deadline.due for deadline in running(state)}


def fall_due(state: State, command: FallDue) -> tuple[DeadlineFellDue, ...]:
    """Tell that a deadline was reached; stay quiet when it has stopped or moved."""
    return tuple(
        DeadlineFellDue(
            at=command.at,
            assistance=deadline.assistance,
            what=deadline.what,
            about=deadline.about,
            due_at=deadline.due.at,
            responsible=deadline.responsible,
        )
        for deadline in running(state)
        if deadline.name == command.name and deadline.due.at <= command.at
    )


def _of(one: Opened) -> Iterator[tuple[Overdue, UUID, Clock]]:
    file = one.file
    if isinstance(one, TransferredWithTask):
        yield Overdue.SUPPORTS, file.assistance, one.clock
    if isinstance(one, RUNNING):
        yield from _of_file(file)


def _of_file(file: File) -> Iterator[tuple[Overdue, UUID, Clock]]:
    if isinstance(file.immediate, Urgent):
        yield Overdue.IMMEDIATE_NEED, file.assistance, file.immediate.clock
    for assessment in file.risks.values():
        yield Overdue.RISK, assessment.assessment, assessment.clock
    if isinstance(file.safety, SafetyPlan):
        yield Overdue.SAFETY_PLAN, file.assistance, file.safety.clock
    if isinstance(file.plan, Plan):
        yield Overdue.PLAN_REVIEW, file.plan.plan, file.plan.clock
