"""Doors for disclosures on a legal ground: one worker proposes, another approves."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from nrm_contracts.codes import Duty
from nrm_contracts.consent_codes import DataCategory, LegalGround, Purpose
from nrm_contracts.ids import OrganisationId, OverrideId
from nrm_referral import queries
from nrm_referral.api.common import Body, command, documents, listed, seen_case, there
from nrm_referral.documents import Reason
from nrm_referral.domain import commands as ask
from nrm_runtime.access import WRITE
from nrm_runtime.web.edge import EdgeDep
from nrm_runtime.web.paging import Page, PagingDep
from nrm_runtime.web.route import CommandRoute

router = APIRouter(route_class=CommandRoute, tags=["overrides"])


class OverrideIn(Body):
    """On which ground, to whom, for what, which kinds of data; the reason goes to the vault."""

    ground: LegalGround
    recipient: UUID
    purpose: Purpose
    categories: Annotated[frozenset[DataCategory], Field(min_length=1)]
    private: Reason


@router.get("/cases/{case}/overrides", operation_id="list_overrides")
async def list_overrides(case: UUID, edge: EdgeDep) -> list[queries.OverrideView]:
    """List disclosures on a legal ground, proposed and approved."""
    await seen_case(edge, case)
    return list(await queries.overrides(edge.tx, case, edge.principal))


@router.get("/overrides", operation_id="list_proposed_overrides")
async def list_proposed_overrides(edge: EdgeDep, asked: PagingDep) -> Page[queries.OverrideView]:
    """List the disclosures on a legal ground that wait for a second worker, the oldest first."""
    rows = await queries.proposed(edge.tx, edge.principal, limit=asked.limit, after=asked.after)
    return asked.page(
        rows, lambda row: (row.proposed_at.isoformat(), str(row.override)), lambda row: row
    )


@router.get("/cases/{case}/overrides/{override}", operation_id="show_override")
async def show_override(case: UUID, override: UUID, edge: EdgeDep) -> queries.OverrideView:
    """Show one."""
    return await edge.show(queries.override(edge.tx, case, override, edge.principal))


@router.post("/cases/{case}/overrides", status_code=201, operation_id="propose_override")
async def propose_override(case: UUID, body: OverrideIn, edge: EdgeDep) -> queries.OverrideView:
    """Propose to disclose without consent."""
    await seen_case(edge, case)
    listed(edge, body.recipient)
    override = OverrideId(edge.new_id("override"))
    asked = command(
        edge,
        ask.ProposeOverride,
        override=override,
        ground=body.ground,
        recipient=OrganisationId(body.recipient),
        purpose=body.purpose,
        categories=body.categories,
    )
    private = await documents(edge, case, override, [("override-reason", body.private)])
    await edge.execute(case, asked, documents=private)
    edge.location = f"/cases/{case}/overrides/{override}"
    return await edge.show(queries.override(edge.tx, case, override, edge.principal))


@router.post("/cases/{case}/overrides/{override}/approve", operation_id="approve_override")
async def approve_override(case: UUID, override: UUID, edge: EdgeDep) -> queries.OverrideView:
    """Approve as a second worker."""
    edge.need(WRITE, duty=Duty.APPROVE_OVERRIDE)
    view = there(await queries.override(edge.tx, case, override, edge.principal))
    edge.match(view.event_id)
    await edge.execute(case, command(edge, ask.ApproveOverride, override=OverrideId(override)))
    return await edge.show(queries.override(edge.tx, case, override, edge.principal))
