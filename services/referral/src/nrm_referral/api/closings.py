"""Doors for closing a case: proposed, checked by the agency, closed by the custodian."""

from uuid import UUID

from fastapi import APIRouter

from nrm_contracts.codes import ClosureReason, Duty, YesNo
from nrm_contracts.ids import ClosingId, OrganisationId
from nrm_referral import queries
from nrm_referral.api.common import (
    Body,
    command,
    documents,
    due,
    listed,
    seen_case,
    there,
)
from nrm_referral.documents import Reason
from nrm_referral.domain import commands as ask
from nrm_runtime.access import WRITE
from nrm_runtime.core import Command
from nrm_runtime.web.edge import Edge, EdgeDep
from nrm_runtime.web.paging import Page, PagingDep
from nrm_runtime.web.route import CommandRoute

router = APIRouter(route_class=CommandRoute, tags=["closings"])

PATH = "/cases/{case}/closings/{closing}"


class ClosingIn(Body):
    """Why the case is to be closed; a running trial needs who receives hearing notices."""

    reason: ClosureReason
    trial_runs: YesNo = YesNo.NO
    hearing_notices_to: UUID | None = None
    private: Reason | None = None


@router.get("/cases/{case}/closings", operation_id="list_closings")
async def list_closings(case: UUID, edge: EdgeDep) -> list[queries.ClosingView]:
    """List what was proposed, the newest first."""
    await seen_case(edge, case)
    return list(await queries.closings(edge.tx, case, edge.principal))


@router.get("/closings", operation_id="list_open_closings")
async def list_open_closings(edge: EdgeDep, asked: PagingDep) -> Page[queries.ClosingView]:
    """List the proposed closings that the organisation sees, the nearest deadline first."""
    rows = await queries.open_closings(
        edge.tx, edge.principal, limit=asked.limit, after=asked.after
    )
    return asked.page(
        rows, lambda row: (row.answer_by.isoformat(), str(row.closing)), lambda row: row
    )


@router.get(PATH, operation_id="show_closing")
async def show_closing(case: UUID, closing: UUID, edge: EdgeDep) -> queries.ClosingView:
    """Show a closing, and which services have not answered."""
    return await edge.show(queries.closing(edge.tx, case, closing, edge.principal))


@router.post("/cases/{case}/closings", status_code=201, operation_id="propose_closing")
async def propose_closing(case: UUID, body: ClosingIn, edge: EdgeDep) -> queries.ClosingView:
    """Propose to close; every service answers whether something is open."""
    await seen_case(edge, case)
    named = body.hearing_notices_to
    if named is not None:
        listed(edge, named)
    closing = ClosingId(edge.new_id("closing"))
    asked = command(
        edge,
        ask.ProposeClosing,
        closing=closing,
        reason=body.reason,
        trial_runs=body.trial_runs,
        hearing_notices_to=None if named is None else OrganisationId(named),
        answer_by=due(edge, "closing", "answer_hours"),
    )
    private = await documents(edge, case, closing, [("closing-reason", body.private)])
    await edge.execute(case, asked, documents=private)
    edge.location = f"/cases/{case}/closings/{closing}"
    return await edge.show(queries.closing(edge.tx, case, closing, edge.principal))


@router.post(f"{PATH}/check", operation_id="check_closing")
async def check_closing(case: UUID, closing: UUID, edge: EdgeDep) -> queries.ClosingView:
    """Find the closing right, as the national agency."""
    edge.need(WRITE, duty=Duty.NATIONAL_AGENCY)
    return await _act(edge, case, closing, command(edge, ask.CheckClosing))


@router.post(f"{PATH}/close", operation_id="close_case")
async def close_case(case: UUID, closing: UUID, edge: EdgeDep) -> queries.ClosingView:
    """Close the case, as the custodian."""
    return await _act(edge, case, closing, command(edge, ask.CloseCase))


@router.post(f"{PATH}/abandon", operation_id="abandon_closing")
async def abandon_closing(case: UUID, closing: UUID, edge: EdgeDep) -> queries.ClosingView:
    """Take the proposal back, as the custodian."""
    return await _act(edge, case, closing, command(edge, ask.AbandonClosing))


async def _act(edge: Edge, case: UUID, closing: UUID, asked: Command) -> queries.ClosingView:
    view = there(await queries.closing(edge.tx, case, closing, edge.principal))
    edge.match(view.event_id)
    await edge.execute(case, asked)
    return await edge.show(queries.closing(edge.tx, case, closing, edge.principal))
