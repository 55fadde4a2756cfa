"""HTTP of notifications: the inbox of an organisation."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from nrm_notifications import queries
from nrm_notifications.domain import commands as ask
from nrm_runtime.web.edge import EdgeDep
from nrm_runtime.web.paging import Page, PagingDep
from nrm_runtime.web.problems import absent
from nrm_runtime.web.route import CommandRoute

router = APIRouter(route_class=CommandRoute, prefix="/inbox", tags=["inbox"])


@router.get("", operation_id="list_notices")
async def list_notices(
    edge: EdgeDep, asked: PagingDep, *, unseen: Annotated[bool, Query()] = False
) -> Page[queries.NoticeView]:
    """List the notices of one's organisation, the newest first."""
    rows = await queries.inbox(
        edge.tx, edge.principal, unseen=unseen, limit=asked.limit, after=asked.after
    )
    return asked.page(
        rows, lambda row: (row.queued_at.isoformat(), str(row.notice)), lambda row: row
    )


@router.get("/{notice}", operation_id="show_notice")
async def show_notice(notice: UUID, edge: EdgeDep) -> queries.NoticeView:
    """Show one notice."""
    return await edge.show(queries.one_notice(edge.tx, notice, edge.principal))


@router.get("/{notice}/deliveries", operation_id="list_deliveries")
async def list_deliveries(notice: UUID, edge: EdgeDep) -> list[queries.DeliveryView]:
    """Show how a notice fared on each channel beside the inbox."""
    if await queries.one_notice(edge.tx, notice, edge.principal) is None:
        raise absent()
    return list(await queries.deliveries(edge.tx, notice, edge.principal))


@router.post("/{notice}/acknowledge", operation_id="acknowledge_notice")
async def acknowledge_notice(notice: UUID, edge: EdgeDep) -> queries.NoticeView:
    """Say that somebody here has seen it."""
    view = await queries.one_notice(edge.tx, notice, edge.principal)
    if view is None:
        raise absent()
    command = ask.AcknowledgeNotice(id=edge.command_id, by=edge.by, at=edge.now, notice=notice)
    await edge.execute(view.case, command)
    return await edge.show(queries.one_notice(edge.tx, notice, edge.principal))
