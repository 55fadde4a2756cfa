"""What follows from the facts of other services; facts are never refused, openings are."""

from collections.abc import Mapping
from typing import assert_never

from nrm_assistance.domain.commands import (
    AnswerClosing,
    Learn,
    LearnAcceptance,
    LearnAge,
    LearnCase,
    LearnCaseClosed,
    LearnCaseReopened,
    LearnClosingAbandoned,
    LearnCustody,
    LearnHandOff,
    LearnReferralEnd,
)
from nrm_assistance.domain.doors import check_door
from nrm_assistance.domain.events import (
    AcceptanceLearned,
    AgeLearned,
    AssistanceActivated,
    AssistanceEvent,
    AssistanceOpened,
    AssistanceTransferred,
    AssistanceTransferredWithSupports,
    CaseClosedLearned,
    CaseLearned,
    CaseReopenedLearned,
    ClosingAbandonedLearned,
    CustodyLearned,
    HandOffLearned,
    NothingOpen,
    PreparationEnded,
    ReferralEndLearned,
    StillOpen,
)
from nrm_assistance.domain.states import (
    RUNNING,
    Accepted,
    Active,
    Case,
    Crisis,
    DoorClosed,
    DoorClosing,
    HandedOver,
    Opened,
    Over,
    Plan,
    Preparing,
    State,
    Suspended,
)
from nrm_contracts.care_codes import AssistancePhase
from nrm_contracts.codes import OpenMatter
from nrm_contracts.ids import OrganisationId
from nrm_runtime.core import Due, TooEarly


def learn(state: State, command: Learn) -> tuple[AssistanceEvent, ...]:
    """Give what follows from a fact; `TooEarly` while its case is still on its way."""
    if isinstance(command, LearnCase):
        return () if isinstance(state, Case) else _case(command)
    if not isinstance(state, Case):
        raise TooEarly("The opening of the case has not been heard.")
    match command:
        case LearnAge():
            return () if state.age is command.age else (AgeLearned(at=command.at, age=command.age),)
        case LearnAcceptance():
            return _acceptance(state, command)
        case LearnHandOff():
            return _hand_off(state, command)
        case LearnReferralEnd():
            return _referral_end(state, command)
        case LearnCustody():
            return _custody(state, command)
        case AnswerClosing():
            return _closing(state, command)
        case LearnClosingAbandoned():
            if state.door != DoorClosing(command.closing):
                return ()
            return (ClosingAbandonedLearned(at=command.at, closing=command.closing),)
        case LearnCaseClosed():
            if isinstance(state.door, DoorClosed):
                return ()
            return (CaseClosedLearned(at=command.at, closing=command.closing),)
        case LearnCaseReopened():
            if not isinstance(state.door, DoorClosed):
                return ()
            return (CaseReopenedLearned(at=command.at, custodian=command.custodian),)
        case _:
            assert_never(command)


def _case(command: LearnCase) -> tuple[AssistanceEvent, ...]:
    return (
        CaseLearned(
            at=command.at,
            custodian=command.custodian,
            agency=command.agency,
            country=command.country,
            age=command.age,
            person=command.person,
        ),
    )


def _acceptance(state: Case, command: LearnAcceptance) -> tuple[AssistanceEvent, ...]:
    if command.referral in state.routes:
        return ()
    check_door(state)
    if state.running(command.receiver) is not None:
        return (
            AcceptanceLearned(at=command.at, referral=command.referral, receiver=command.receiver),
        )
    return (
        AssistanceOpened(
            at=command.at,
            assistance=command.assistance,
            organisation=command.receiver,
            country=command.country,
            phase=AssistancePhase.PREPARING,
            referral=command.referral,
        ),
    )


def _hand_off(state: Case, command: LearnHandOff) -> tuple[AssistanceEvent, ...]:
    route = state.routes.get(command.referral)
    if route is None:
        raise TooEarly("The acceptance of the referral has not been heard.")
    if not isinstance(route, Accepted):
        return ()
    learned = HandOffLearned(at=command.at, referral=command.referral)
    one = state.running(route.receiver)
    if not isinstance(one, Preparing | Crisis):
        return (learned,)
    activated = AssistanceActivated(
        at=command.at, assistance=one.file.assistance, organisation=one.file.organisation
    )
    return (learned, activated)


def _referral_end(state: Case, command: LearnReferralEnd) -> tuple[AssistanceEvent, ...]:
    route = state.routes.get(command.referral)
    if route is None or isinstance(route, Over):
        return ()
    learned = ReferralEndLearned(at=command.at, referral=command.referral)
    one = state.running(route.receiver)
    others = (
        isinstance(other, Accepted) and other.receiver == route.receiver
        for referral, other in state.routes.items()
        if referral != command.referral
    )
    if not isinstance(one, Preparing) or isinstance(route, HandedOver) or any(others):
        return (learned,)
    ended = PreparationEnded(
        at=command.at,
        assistance=one.file.assistance,
        organisation=one.file.organisation,
        referral=command.referral,
    )
    return (learned, ended)


def _custody(state: Case, command: LearnCustody) -> tuple[AssistanceEvent, ...]:
    if state.custodian == command.receiver:
        return ()
    learned = CustodyLearned(
        at=command.at,
        referral=command.referral,
        custodian=command.receiver,
        agency=state.agency if command.agency is None else command.agency,
    )
    one = state.running(command.sender)
    if not isinstance(one, Crisis | Active | Suspended):
        return (learned,)
    return (learned, _transferred(one, command))


def _transferred(
    one: Crisis | Active | Suspended, command: LearnCustody
) -> AssistanceTransferred | AssistanceTransferredWithSupports:
    file = one.file
    supports = len(file.open_supports())
    if supports == 0:
        return AssistanceTransferred(
            at=command.at,
            assistance=file.assistance,
            organisation=file.organisation,
            receiver=command.receiver,
        )
    return AssistanceTransferredWithSupports(
        at=command.at,
        assistance=file.assistance,
        organisation=file.organisation,
        receiver=command.receiver,
        open_supports=supports,
        decide_by=_by_country(dict(command.decide_by), file.country),
    )


def _by_country(dues: Mapping[str, Due], country: str) -> Due:
    # A country without a profile gets the earliest day of all: a task too early is a nuisance,
    # a task too late leaves a person without support.
    return dues.get(country) or min(dues.values(), key=lambda due: due.at)


def _closing(state: Case, command: AnswerClosing) -> tuple[AssistanceEvent, ...]:
    if state.door == DoorClosing(command.closing) or isinstance(state.door, DoorClosed):
        return ()
    matters = sorted({matter for one in state.assistances.values() for matter in open_matters(one)})
    if not matters:
        return (NothingOpen(at=command.at, closing=command.closing),)
    return (StillOpen(at=command.at, closing=command.closing, open=tuple(matters)),)


def open_matters(one: Opened) -> frozenset[OpenMatter]:
    """Say what in an assistance keeps the case open."""
    matters: set[OpenMatter] = set()
    if one.file.open_supports():
        matters.add(OpenMatter.SUPPORT)
    if isinstance(one, RUNNING):
        matters.add(OpenMatter.ASSISTANCE)
        if isinstance(one.file.plan, Plan):
            matters.add(OpenMatter.PLAN)
    return frozenset(matters)


def parties(state: Case) -> frozenset[OrganisationId]:
    """Give the organisations that may know that the case is assisted at all."""
    agency = () if state.agency is None else (state.agency,)
    receivers = (
        route.receiver
        for route in state.routes.values()
        if isinstance(route, Accepted | HandedOver)
    )
    helpers = (one.file.organisation for one in state.assistances.values())
    return frozenset((state.custodian, *agency, *receivers, *helpers))
