"""The way of one assistance: opened, activated, suspended, completed, left."""

from typing import assert_never

from nrm_assistance.domain.commands import (
    ActivateAssistance,
    BeginCrisis,
    CompleteAssistance,
    LeaveAssistance,
    OpenAssistance,
    ResumeAssistance,
    SuspendAssistance,
)
from nrm_assistance.domain.doors import check_door
from nrm_assistance.domain.events import (
    AssistanceActivated,
    AssistanceCompleted,
    AssistanceEvent,
    AssistanceLeft,
    AssistanceOpened,
    AssistanceResumed,
    AssistanceSuspended,
    CrisisBegun,
    SupportEnded,
)
from nrm_assistance.domain.states import Case, File, Urgent
from nrm_contracts.care_codes import AssistancePhase, SupportEnd
from nrm_contracts.ids import OrganisationId
from nrm_runtime.core import Refused, worker

Way = (
    BeginCrisis
    | ActivateAssistance
    | SuspendAssistance
    | ResumeAssistance
    | CompleteAssistance
    | LeaveAssistance
)


def open_assistance(state: Case, command: OpenAssistance) -> tuple[AssistanceEvent, ...]:
    """Let the custodian assist without a referral."""
    actor = worker(command)
    organisation = OrganisationId(actor.organisation)
    if organisation != state.custodian:
        raise Refused("not-the-custodian", "Without a referral only the custodian opens one.")
    if command.phase is AssistancePhase.PREPARING:
        raise Refused("not-a-receiver", "Only the receiver of a referral prepares.")
    check_door(state)
    if state.running(organisation) is not None:
        raise Refused("assistance-running", "An organisation has one assistance in a case.")
    return (
        AssistanceOpened(
            at=command.at,
            assistance=command.assistance,
            organisation=organisation,
            country=actor.country,
            phase=command.phase,
            referral=None,
        ),
    )


def go(file: File, command: Way) -> tuple[AssistanceEvent, ...]:
    """Move an assistance along; the caller has checked who acts and that it may."""
    at, assistance, organisation = command.at, file.assistance, file.organisation
    match command:
        case BeginCrisis():
            return (CrisisBegun(at=at, assistance=assistance, organisation=organisation),)
        case ActivateAssistance():
            return (AssistanceActivated(at=at, assistance=assistance, organisation=organisation),)
        case SuspendAssistance(reason=reason):
            return (
                AssistanceSuspended(
                    at=at, assistance=assistance, organisation=organisation, reason=reason
                ),
            )
        case ResumeAssistance():
            return (AssistanceResumed(at=at, assistance=assistance, organisation=organisation),)
        case CompleteAssistance():
            return _complete(file, command)
        case LeaveAssistance():
            return _leave(file, command)
        case _:
            assert_never(command)


def _complete(file: File, command: CompleteAssistance) -> tuple[AssistanceEvent, ...]:
    if file.open_supports():
        raise Refused("something-open", "A support is still being given.")
    if isinstance(file.immediate, Urgent):
        raise Refused("something-open", "An immediate need has not been met.")
    return (
        AssistanceCompleted(
            at=command.at, assistance=file.assistance, organisation=file.organisation
        ),
    )


def _leave(file: File, command: LeaveAssistance) -> tuple[AssistanceEvent, ...]:
    ended = (
        SupportEnded(
            at=command.at,
            assistance=file.assistance,
            support=support,
            organisation=file.organisation,
            how=SupportEnd.ENDED,
        )
        for support in file.open_supports()
    )
    left = AssistanceLeft(
        at=command.at,
        assistance=file.assistance,
        organisation=file.organisation,
        reason=command.reason,
    )
    return (*ended, left)
