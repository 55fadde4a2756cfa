"""Doors to an organisation's workers: random ids with duties, never a name."""

from uuid import UUID

from fastapi import APIRouter

from nrm_access import queries
from nrm_access.api.common import command, looks, manages, seen
from nrm_access.api.organisations import DutiesIn, SuspensionIn
from nrm_access.domain import commands as ask
from nrm_runtime.core import Command
from nrm_runtime.web.edge import Edge, EdgeDep
from nrm_runtime.web.paging import Page, PagingDep
from nrm_runtime.web.problems import absent
from nrm_runtime.web.route import CommandRoute

router = APIRouter(
    route_class=CommandRoute, prefix="/organisations/{organisation}/workers", tags=["workers"]
)


@router.get("", operation_id="list_workers")
async def list_workers(
    organisation: UUID, edge: EdgeDep, asked: PagingDep
) -> Page[queries.WorkerView]:
    """List an organisation's workers."""
    looks(edge)
    await seen(edge, organisation)
    rows = await queries.workers(
        edge.tx, organisation, edge.principal, limit=asked.limit, after=asked.after
    )
    return asked.page(rows, lambda row: (str(row.worker),), lambda row: row)


@router.get("/{worker}", operation_id="show_worker")
async def show_worker(organisation: UUID, worker: UUID, edge: EdgeDep) -> queries.WorkerView:
    """Show a worker."""
    looks(edge)
    return await edge.show(queries.one_worker(edge.tx, organisation, worker, edge.principal))


@router.post("", status_code=201, operation_id="add_worker")
async def add_worker(organisation: UUID, body: DutiesIn, edge: EdgeDep) -> queries.WorkerView:
    """Register a worker under a new random id; who that is the organisation alone knows."""
    await manages(edge)
    await seen(edge, organisation)
    worker = edge.fresh_id()
    asked = command(
        edge, ask.AddWorker, organisation=organisation, worker=worker, duties=body.duties
    )
    await edge.execute(None, asked)
    edge.location = f"/organisations/{organisation}/workers/{worker}"
    return await edge.show(queries.one_worker(edge.tx, organisation, worker, edge.principal))


@router.post("/{worker}/set-duties", operation_id="set_duties")
async def set_duties(
    organisation: UUID, worker: UUID, body: DutiesIn, edge: EdgeDep
) -> queries.WorkerView:
    """Change what a worker is entrusted with."""
    asked = command(
        edge, ask.SetDuties, organisation=organisation, worker=worker, duties=body.duties
    )
    return await _act(edge, organisation, worker, asked)


@router.post("/{worker}/suspend", operation_id="suspend_worker")
async def suspend_worker(
    organisation: UUID, worker: UUID, body: SuspensionIn, edge: EdgeDep
) -> queries.WorkerView:
    """Let a worker not act for now: no token is issued any more."""
    asked = command(
        edge, ask.SuspendWorker, organisation=organisation, worker=worker, reason=body.reason
    )
    return await _act(edge, organisation, worker, asked)


@router.post("/{worker}/restore", operation_id="restore_worker")
async def restore_worker(organisation: UUID, worker: UUID, edge: EdgeDep) -> queries.WorkerView:
    """Let a suspended worker act again."""
    asked = command(edge, ask.RestoreWorker, organisation=organisation, worker=worker)
    return await _act(edge, organisation, worker, asked)


async def _act(edge: Edge, organisation: UUID, worker: UUID, asked: Command) -> queries.WorkerView:
    await manages(edge)
    found = await queries.one_worker(edge.tx, organisation, worker, edge.principal)
    if found is None:
        raise absent()
    edge.match(found.event_id)
    await edge.execute(None, asked)
    return await edge.show(queries.one_worker(edge.tx, organisation, worker, edge.principal))
