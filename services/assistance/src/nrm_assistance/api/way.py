"""Doors for the way of an assistance: open, activate, suspend, resume, complete, leave."""

from enum import StrEnum
from uuid import UUID

from fastapi import APIRouter

from nrm_assistance import queries
from nrm_assistance.api.common import Body, act, command, due, may_assist, person, sealed
from nrm_assistance.documents import Reason
from nrm_assistance.domain import commands as ask
from nrm_contracts.care_codes import AssistancePhase, LeavingReason, SuspensionReason
from nrm_contracts.ids import AssistanceId
from nrm_runtime.web.edge import EdgeDep
from nrm_runtime.web.problems import absent
from nrm_runtime.web.route import CommandRoute

router = APIRouter(route_class=CommandRoute, prefix="/cases/{case}/assistances", tags=["way"])


class OpeningPhase(StrEnum):
    """In which phase a custodian opens: help at once, or assistance as such."""

    CRISIS = "crisis"
    ACTIVE = "active"


class OpenIn(Body):
    """Whether help is needed at once (crisis), or assistance begins as such."""

    phase: OpeningPhase


class SuspendIn(Body):
    """Why assistance pauses."""

    reason: SuspensionReason
    private: Reason | None = None


class LeaveIn(Body):
    """Why the person left; open supports end with it."""

    reason: LeavingReason
    private: Reason | None = None


class CompleteIn(Body):
    """What may be said at the end."""

    private: Reason | None = None


@router.post("", status_code=201, operation_id="open_assistance")
async def open_assistance(case: UUID, body: OpenIn, edge: EdgeDep) -> queries.AssistanceView:
    """Open an assistance without a referral, as the custodian."""
    may_assist(edge)
    if not await queries.sees(edge.tx, case, edge.principal):
        raise absent()
    due(edge, "assistance", "supports_days")  # a country without a profile has no clocks
    name = edge.new_id("assistance")
    asked = ask.OpenAssistance(
        id=edge.command_id,
        by=edge.by,
        at=edge.now,
        assistance=AssistanceId(name),
        phase=AssistancePhase(body.phase),
    )
    await edge.execute(case, asked)
    edge.location = f"/cases/{case}/assistances/{name}"
    return await edge.show(queries.assistance(edge.tx, case, name, edge.principal))


@router.get("", operation_id="list_assistances")
async def list_assistances(case: UUID, edge: EdgeDep) -> list[queries.AssistanceView]:
    """List who assists in a case, as far as one may know."""
    if not await queries.sees(edge.tx, case, edge.principal):
        raise absent()
    return list(await queries.assistances_of(edge.tx, case, edge.principal))


@router.get("/{assistance}", operation_id="show_assistance")
async def show_assistance(case: UUID, assistance: UUID, edge: EdgeDep) -> queries.AssistanceView:
    """Show how far an assistance is; its ETag guards every act on it."""
    return await edge.show(queries.assistance(edge.tx, case, assistance, edge.principal))


@router.post("/{assistance}/begin-crisis", operation_id="begin_crisis")
async def begin_crisis(case: UUID, assistance: UUID, edge: EdgeDep) -> queries.AssistanceView:
    """Help at once, while the hand-off is still to come."""
    return await act(edge, case, command(edge, ask.BeginCrisis, assistance))


@router.post("/{assistance}/activate", operation_id="activate_assistance")
async def activate_assistance(
    case: UUID, assistance: UUID, edge: EdgeDep
) -> queries.AssistanceView:
    """Go from crisis to assistance."""
    return await act(edge, case, command(edge, ask.ActivateAssistance, assistance))


@router.post("/{assistance}/suspend", operation_id="suspend_assistance")
async def suspend_assistance(
    case: UUID, assistance: UUID, body: SuspendIn, edge: EdgeDep
) -> queries.AssistanceView:
    """Pause."""
    asked = command(edge, ask.SuspendAssistance, assistance, reason=body.reason)
    why = sealed(await person(edge, case), "reason", body.private)
    return await act(edge, case, asked, why)


@router.post("/{assistance}/resume", operation_id="resume_assistance")
async def resume_assistance(case: UUID, assistance: UUID, edge: EdgeDep) -> queries.AssistanceView:
    """Go on after a pause."""
    return await act(edge, case, command(edge, ask.ResumeAssistance, assistance))


@router.post("/{assistance}/complete", operation_id="complete_assistance")
async def complete_assistance(
    case: UUID, assistance: UUID, body: CompleteIn, edge: EdgeDep
) -> queries.AssistanceView:
    """End as planned, when no support and no immediate need is open."""
    why = sealed(await person(edge, case), "reason", body.private)
    return await act(edge, case, command(edge, ask.CompleteAssistance, assistance), why)


@router.post("/{assistance}/leave", operation_id="leave_assistance")
async def leave_assistance(
    case: UUID, assistance: UUID, body: LeaveIn, edge: EdgeDep
) -> queries.AssistanceView:
    """Record that the person left."""
    asked = command(edge, ask.LeaveAssistance, assistance, reason=body.reason)
    why = sealed(await person(edge, case), "reason", body.private)
    return await act(edge, case, asked, why)
