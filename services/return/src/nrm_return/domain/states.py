"""Where a return stands, one class per state, and what an event makes of it.

    Requested -> Approved -> Travelling -> Arrived -> Done
    Approved -> Reopened (risk rose, receiver lost, consent aged, itinerary changed) -> Approved
    Travelling -> Interrupted (withdrawn or receiver lost on the road) -> Travelling | Withdrawn
    before departure also -> RefusedUnsafe | Withdrawn | AlternativeSought
    Arrived stays Arrived when its receiver is lost before the hand-off: the next one is sought

The person's word wins in every state before arrival.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeAlias, assert_never

from nrm_contracts.care_codes import AlternativeReason, RefusalReason, ReturnReopening
from nrm_contracts.ids import OrganisationId
from nrm_return.domain import file as files
from nrm_return.domain import file_events, follow_up_events, journey_events
from nrm_return.domain import follow_up_states as follow_ups
from nrm_return.domain import journey_events as fact
from nrm_return.domain.events import OneReturn
from nrm_return.domain.file import File
from nrm_return.domain.follow_up_states import FollowUp, NoFollowUp
from nrm_return.domain.risk import Levels
from nrm_return.domain.values import Span
from nrm_runtime.core import Due


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """Asked for; the file is being filled."""

    file: File


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """Both countries approved; a rise is measured against `levels`."""

    file: File
    levels: Levels


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened:
    """An approval fell; the file is being filled again."""

    file: File
    reason: ReturnReopening


@dataclass(frozen=True, slots=True, kw_only=True)
class Travelling:
    """On the road; `alarm` is the next (or last) alarm while nobody confirms the arrival."""

    file: File
    levels: Levels
    departed_at: datetime
    alarm: Due
    alarms: int
    alarm_every: Span
    plan: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted:
    """Withdrawn or without a receiver on the road; a new plan is due."""

    file: File
    levels: Levels
    reason: AlternativeReason
    plan_by: Due
    plan_overdue: bool
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternativeSought:
    """Another place, country or staying is sought before any departure."""

    file: File
    reason: AlternativeReason
    plan_by: Due
    plan_overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """The person is there, by the word of `said_by`, and is handed over or will be.

    `reassess_by` until danger was assessed anew, even if late; `plan_by` while nobody receives
    and the next receiver is sought, even if late.
    """

    file: File
    arrived_at: datetime
    said_by: OrganisationId
    plan: Span
    reassess_by: Due | None
    reassess_late: bool
    handed_over: bool
    follow_up: FollowUp
    plan_by: Due | None = None
    plan_overdue: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Finished."""

    file: File
    follow_up: FollowUp


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedUnsafe:
    """Refused as unsafe."""

    file: File
    reason: RefusalReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """The person does not want it any more."""

    file: File


Return: TypeAlias = (
    Requested
    | Approved
    | Reopened
    | Travelling
    | Interrupted
    | AlternativeSought
    | Arrived
    | Done
    | RefusedUnsafe
    | Withdrawn
)
Preparing: TypeAlias = Requested | Reopened
Ended: TypeAlias = Done | RefusedUnsafe | Withdrawn

_NEW_GROUND: Final = (
    file_events.ReturnConsentWithdrawn,
    file_events.RiskRiseNoted,
    file_events.ReceiverGone,
    file_events.ItinerarySet,
)


def evolve(state: Return, event: OneReturn) -> Return:
    """Give the return after a fact about it."""
    if isinstance(event, follow_up_events.FollowUpFact):
        assert isinstance(state, Arrived)
        return replace(state, follow_up=follow_ups.evolve(state.follow_up, event))
    if isinstance(event, journey_events.JourneyFact):
        return _move(state, event)
    file = files.evolve(state.file, event)
    # What the first country had not seen when it approved takes its word away.
    if isinstance(state, Requested | Reopened) and isinstance(event, _NEW_GROUND):
        file = replace(file, endorsements=())
    if isinstance(state, Arrived) and isinstance(event, file_events.ReceiverConfirmed):
        return replace(state, file=file, plan_by=None, plan_overdue=False)
    return replace(state, file=file)


def _move(state: Return, event: fact.JourneyFact) -> Return:
    file = state.file
    match event:
        case fact.ReturnApproved():
            levels = Levels(overall=event.overall, residual=event.residual, high=event.high)
            return Approved(file=file, levels=levels)
        case fact.ReturnReopened(reason=reason):
            return Reopened(file=replace(file, endorsements=()), reason=reason)
        case fact.DepartureMissed():
            return replace(state, file=replace(file, departure_missed=True))
        case fact.ReturnRefused(reason=why):
            return RefusedUnsafe(file=file, reason=why)
        case fact.ReturnWithdrawn():
            return Withdrawn(file=file)
        case fact.ReturnAlternativeSought() | fact.PlanOverdue():
            return _seek(state, event)
        case fact.ReturnDeparted() | fact.ArrivalOverdue():
            return _travel(state, event)
        case _:
            return _arrive(state, event)


def _seek(state: Return, event: fact.ReturnAlternativeSought | fact.PlanOverdue) -> Return:
    match event:
        case fact.PlanOverdue():
            assert isinstance(state, Interrupted | AlternativeSought | Arrived)
            return replace(state, plan_overdue=True)
        case fact.ReturnAlternativeSought(on_the_road=False):
            return AlternativeSought(
                file=replace(state.file, endorsements=()),
                reason=event.reason,
                plan_by=event.plan_by,
                plan_overdue=False,
            )
        case fact.ReturnAlternativeSought():
            assert isinstance(state, Travelling)
            return Interrupted(
                file=state.file,
                levels=state.levels,
                reason=event.reason,
                plan_by=event.plan_by,
                plan_overdue=False,
                times=state.alarms,
            )
        case _:
            assert_never(event)


def _travel(state: Return, event: fact.ReturnDeparted | fact.ArrivalOverdue) -> Return:
    match event:
        case fact.ReturnDeparted():
            assert isinstance(state, Approved | Interrupted)
            return Travelling(
                file=state.file,
                levels=state.levels,
                departed_at=event.departed_at,
                alarm=event.arrival_by,
                alarms=state.times if isinstance(state, Interrupted) else 0,
                alarm_every=event.alarm_every,
                plan=event.plan,
            )
        case fact.ArrivalOverdue(times=times, next_by=next_by):
            assert isinstance(state, Travelling)
            return replace(state, alarms=times, alarm=next_by or state.alarm)
        case _:
            assert_never(event)


def _arrive(
    state: Return,
    event: fact.ReturnArrived
    | fact.ReceptionSought
    | fact.ReassessmentNoted
    | fact.ReassessmentOverdue
    | fact.HandOffNoted
    | fact.ReturnDone,
) -> Return:
    if isinstance(event, fact.ReturnArrived):
        assert isinstance(state, Travelling)
        return Arrived(
            file=state.file,
            arrived_at=event.arrived_at,
            said_by=event.organisation,
            plan=state.plan,
            reassess_by=event.reassess_by,
            reassess_late=False,
            handed_over=False,
            follow_up=NoFollowUp(),
        )
    assert isinstance(state, Arrived)
    match event:
        case fact.ReceptionSought(plan_by=plan_by):
            return replace(state, plan_by=plan_by, plan_overdue=False)
        case fact.ReassessmentNoted():
            return replace(state, reassess_by=None)
        case fact.ReassessmentOverdue():
            return replace(state, reassess_late=True)
        case fact.HandOffNoted():
            return replace(state, handed_over=True)
        case fact.ReturnDone():
            return Done(file=state.file, follow_up=state.follow_up)
        case _:
            assert_never(event)
