"""What a fact does to the state; nothing here refuses, because facts are not negotiable."""

from dataclasses import replace
from typing import assert_never

from nrm_assistance.domain.events import (
    AcceptanceLearned,
    AgeLearned,
    AssistanceActivated,
    AssistanceCompleted,
    AssistanceEvent,
    AssistanceLeft,
    AssistanceOpened,
    AssistanceResumed,
    AssistanceSuspended,
    AssistanceTransferred,
    AssistanceTransferredWithSupports,
    CaseClosedLearned,
    CaseFact,
    CaseLearned,
    CaseReopenedLearned,
    ClosingAbandonedLearned,
    CrisisBegun,
    CustodyLearned,
    DeadlineFellDue,
    HandOffLearned,
    NothingOpen,
    PreparationEnded,
    ReferralEndLearned,
    StillOpen,
    WayFact,
)
from nrm_assistance.domain.filing import filed
from nrm_assistance.domain.states import (
    Accepted,
    Active,
    Case,
    Completed,
    Crisis,
    DoorClosed,
    DoorClosing,
    DoorOpen,
    File,
    HandedOver,
    Left,
    NeverBegun,
    Opened,
    Over,
    Preparing,
    Rung,
    State,
    Suspended,
    Ticking,
    Transferred,
    TransferredWithTask,
)
from nrm_contracts.care_codes import AssistancePhase
from nrm_contracts.ids import AssistanceId, ReferralId


def evolve(state: State, event: AssistanceEvent) -> State:
    """Give the state after a fact."""
    if isinstance(event, CaseLearned):
        return _learned(event)
    assert isinstance(state, Case)
    if isinstance(event, CaseFact):
        return _case(state, event)
    if isinstance(event, AssistanceOpened):
        if event.referral is not None:
            state = _route(state, event.referral, Accepted(event.organisation))
        return _put(state, event.assistance, _opened(event))
    one = state.assistances[event.assistance]
    if isinstance(event, WayFact):
        return _put(state, event.assistance, _way(one.file, event))
    if isinstance(event, DeadlineFellDue) and isinstance(one, TransferredWithTask):
        return _put(state, event.assistance, replace(one, clock=Rung(one.clock.due)))
    return _put(state, event.assistance, _settled(replace(one, file=filed(one.file, event))))


def _learned(event: CaseLearned) -> Case:
    return Case(
        custodian=event.custodian,
        agency=event.agency,
        country=event.country,
        age=event.age,
        person=event.person,
    )


def _case(state: Case, event: CaseFact) -> Case:
    match event:
        case CaseLearned():
            return _learned(event)
        case AgeLearned(age=age):
            return replace(state, age=age)
        case CustodyLearned(custodian=custodian, agency=agency):
            return replace(state, custodian=custodian, agency=agency)
        case AcceptanceLearned(referral=referral, receiver=receiver):
            return _route(state, referral, Accepted(receiver))
        case HandOffLearned(referral=referral):
            return _route(state, referral, HandedOver(state.routes[referral].receiver))
        case ReferralEndLearned(referral=referral):
            return _route(state, referral, Over(state.routes[referral].receiver))
        case NothingOpen(closing=closing) | StillOpen(closing=closing):
            return replace(state, door=DoorClosing(closing))
        case ClosingAbandonedLearned():
            return replace(state, door=DoorOpen())
        case CaseClosedLearned(closing=closing):
            return replace(state, door=DoorClosed(closing))
        case CaseReopenedLearned(custodian=custodian):
            return replace(state, door=DoorOpen(), custodian=custodian)
        case _:
            assert_never(event)


def _route(state: Case, referral: ReferralId, route: Accepted | HandedOver | Over) -> Case:
    return replace(state, routes={**state.routes, referral: route})


def _put(state: Case, assistance: AssistanceId, one: Opened) -> Case:
    return replace(state, assistances={**state.assistances, assistance: one})


def _opened(event: AssistanceOpened) -> Opened:
    file = File(assistance=event.assistance, organisation=event.organisation, country=event.country)
    match event.phase:
        case AssistancePhase.PREPARING:
            assert event.referral is not None
            return Preparing(file, event.referral)
        case AssistancePhase.CRISIS:
            return Crisis(file)
        case AssistancePhase.ACTIVE:
            return Active(file)
        case _:
            assert_never(event.phase)


def _way(file: File, event: WayFact) -> Opened:
    match event:
        case CrisisBegun():
            return Crisis(file)
        case AssistanceActivated() | AssistanceResumed():
            return Active(file)
        case AssistanceSuspended(reason=reason):
            return Suspended(file, reason)
        case AssistanceTransferred(receiver=receiver):
            return Transferred(file, receiver)
        case AssistanceTransferredWithSupports(receiver=receiver, decide_by=decide_by):
            return TransferredWithTask(file, receiver, Ticking(decide_by))
        case AssistanceCompleted():
            return Completed(file)
        case AssistanceLeft(reason=reason):
            return Left(file, reason)
        case PreparationEnded():
            return NeverBegun(file)
        case _:
            assert_never(event)


def _settled(one: Opened) -> Opened:
    if isinstance(one, TransferredWithTask) and not one.file.open_supports():
        return Transferred(one.file, one.receiver)
    return one
