"""Doors from approval to the end: each country's word, the road, arrival, other endings."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime

from nrm_contracts.care_codes import AlternativeReason, RefusalReason
from nrm_contracts.codes import Duty
from nrm_return import documents as vault
from nrm_return import queries
from nrm_return.api.common import (
    Body,
    Part,
    act,
    command,
    rules,
    rules_of,
    seen,
    span,
)
from nrm_return.domain import commands as ask
from nrm_return.domain.values import Profile
from nrm_runtime.access import WRITE
from nrm_runtime.core import Due
from nrm_runtime.web.edge import EdgeDep
from nrm_runtime.web.route import CommandRoute

router = APIRouter(
    route_class=CommandRoute, prefix="/cases/{case}/returns/{return_id}", tags=["journey"]
)


class RefuseIn(Body):
    """Why the return is refused as unsafe."""

    reason: RefusalReason
    private: vault.Decision | None = None


class AlternativeIn(Body):
    """Why another way is sought."""

    reason: AlternativeReason
    private: vault.Decision | None = None


class DepartIn(Body):
    """When the person left; now, where absent."""

    departed_at: AwareDatetime | None = None


class ArriveIn(Body):
    """When the person arrived; now, where absent."""

    arrived_at: AwareDatetime | None = None


@router.post("/approve", operation_id="approve_return")
async def approve_return(case: UUID, return_id: UUID, edge: EdgeDep) -> queries.ReturnFileView:
    """Approve for one of the two countries; the other's word makes the approval whole."""
    edge.need(WRITE, duty=Duty.APPROVE_RETURN)
    found = await seen(edge, case, return_id)
    asked = command(
        edge,
        ask.EndorseReturn,
        return_id,
        origin_profile=Profile(rules_of(found.origin).ref),
        destination_profile=Profile(rules_of(found.destination_country).ref),
    )
    return await act(edge, case, asked)


@router.post("/refuse", operation_id="refuse_return")
async def refuse_return(
    case: UUID, return_id: UUID, body: RefuseIn, edge: EdgeDep
) -> queries.ReturnFileView:
    """Refuse the return as unsafe."""
    asked = command(edge, ask.RefuseReturn, return_id, reason=body.reason)
    return await act(edge, case, asked, [Part("refusal", body.private)])


@router.post("/withdraw", operation_id="withdraw_return")
async def withdraw_return(case: UUID, return_id: UUID, edge: EdgeDep) -> queries.ReturnFileView:
    """Record that the person does not want it; on the road an alarm, and a new plan is due."""
    return await act(edge, case, command(edge, ask.WithdrawReturn, return_id))


@router.post("/alternative", operation_id="seek_alternative")
async def seek_alternative(
    case: UUID, return_id: UUID, body: AlternativeIn, edge: EdgeDep
) -> queries.ReturnFileView:
    """Say that another way is sought; the plan is due by the profile's hours."""
    plan_by = Due.of(rules(edge).due("return", "plan_hours", edge.now))
    asked = command(edge, ask.SeekAlternative, return_id, reason=body.reason, plan_by=plan_by)
    return await act(edge, case, asked, [Part("alternative", body.private)])


@router.post("/depart", operation_id="depart")
async def depart(
    case: UUID, return_id: UUID, edge: EdgeDep, body: DepartIn | None = None
) -> queries.ReturnFileView:
    """Record the departure; the arrival is to be confirmed in the profile's hours after it."""
    profile = rules(edge)
    found = await seen(edge, case, return_id)
    departed_at = (body and body.departed_at) or edge.now
    expected_at = max(departed_at, found.arrives_at or departed_at)
    asked = command(
        edge,
        ask.DepartReturn,
        return_id,
        departed_at=departed_at,
        arrival_by=Due.of(profile.due("return", "arrival_confirm_hours", expected_at)),
        alarm_every=span(profile, "return", "arrival_confirm_hours"),
        plan=span(profile, "return", "plan_hours"),
    )
    return await act(edge, case, asked)


@router.post("/arrive", operation_id="confirm_arrival")
async def confirm_arrival(
    case: UUID, return_id: UUID, edge: EdgeDep, body: ArriveIn | None = None
) -> queries.ReturnFileView:
    """Say, as the receiver, that the person arrived."""
    arrived_at = (body and body.arrived_at) or edge.now
    asked = command(
        edge,
        ask.ConfirmArrival,
        return_id,
        arrived_at=arrived_at,
        reassess_by=Due.of(rules(edge).due("risk", "arrival_hours", arrived_at)),
    )
    return await act(edge, case, asked)


@router.post("/finish", operation_id="finish_return")
async def finish_return(case: UUID, return_id: UUID, edge: EdgeDep) -> queries.ReturnFileView:
    """End a return that was handed over and followed up."""
    return await act(edge, case, command(edge, ask.FinishReturn, return_id))
