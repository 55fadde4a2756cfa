"""What operators and auditors ask of a running service: what stands aside, again, rebuilt, told.

Neither reads personal data. Work that has transactions of its own first ends the request's.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from nrm_runtime.access import AUDIT, OPERATE
from nrm_runtime.broker import parking
from nrm_runtime.broker.hears import hearing_of
from nrm_runtime.broker.parking import Aside
from nrm_runtime.service import Running
from nrm_runtime.store.execute import load
from nrm_runtime.store.rebuild import rebuild_check
from nrm_runtime.store.streams import stream_id
from nrm_runtime.web.edge import Edge, EdgeDep
from nrm_runtime.web.problems import absent
from nrm_runtime.web.route import CommandRoute, records

REBUILD: Final = "rebuild-check"  # a service's own way: `Service.operations[REBUILD](running)`
TOPIC_MAX: Final = 100
ID_MAX: Final = 2**63 - 1

OutboxId = Annotated[int, Field(ge=1, le=ID_MAX)]


class QuarantineOut(BaseModel):
    """What stands aside here, quarantined cases first, in the order in which it will be heard."""

    items: list[Aside]


class RetryOut(BaseModel):
    """Whether the case flows again; if not, the list says what holds it."""

    flows: bool


class RepublishIn(BaseModel):
    """A range of the outbox, both ends included; what is absent leaves that side open."""

    model_config = ConfigDict(extra="forbid")

    topic: Annotated[str, Field(max_length=TOPIC_MAX)] | None = None
    first: OutboxId | None = None
    last: OutboxId | None = None


class RepublishOut(BaseModel):
    """How many messages the relay will tell again."""

    cleared: int


class RegionsOut(BaseModel):
    """The states of a service's regions of one case, as codes, after `seq` events."""

    service: str
    case: UUID
    seq: int
    regions: Any


router = APIRouter(prefix="/operations", tags=["operations"], route_class=CommandRoute)


@router.get("/quarantine", operation_id="list_quarantine")
async def list_quarantine(edge: EdgeDep) -> QuarantineOut:
    """List what stands aside and why; never a message's content."""
    edge.need(OPERATE)
    return QuarantineOut(items=await parking.list_aside(edge.tx, edge.service.name))


@router.post("/quarantine/{consumer}/{case}/retry", operation_id="retry_quarantine")
@records
async def retry_quarantine(consumer: str, case: UUID, edge: EdgeDep) -> RetryOut:
    """Replay what a quarantined case holds, in order."""
    edge.need(OPERATE)
    _here(edge, consumer)
    await edge.step_out()
    return RetryOut(flows=await hearing_of(edge.running).retry(case))


@router.post("/quarantine/{consumer}/{message}/drop", operation_id="drop_quarantine")
@records
async def drop_quarantine(consumer: str, message: UUID, edge: EdgeDep) -> RetryOut:
    """Give one message up, on record under the caller; its case goes on past it."""
    edge.need(OPERATE)
    _here(edge, consumer)
    await edge.step_out()
    if not await hearing_of(edge.running).drop(message, edge.principal.client):
        raise absent()
    return RetryOut(flows=True)


@router.post("/republish", operation_id="republish")
async def republish(body: RepublishIn, edge: EdgeDep) -> RepublishOut:
    """Let the relay tell a range again; everyone who heard it skips it."""
    edge.need(OPERATE)
    cleared = await parking.republish(edge.tx, body.topic, body.first, body.last)
    return RepublishOut(cleared=cleared)


@router.post("/rebuild-check", operation_id="rebuild_check")
@records
async def check_rebuild(edge: EdgeDep) -> dict[str, Any]:
    """Rebuild all projections from the service's own events and name the first difference."""
    edge.need(OPERATE)
    await edge.step_out()
    own: Callable[[Running], Awaitable[Mapping[str, Any]]] | None
    own = edge.service.operations.get(REBUILD)
    if own is not None:
        return dict(await own(edge.running))
    return dict(await rebuild_check(edge.running.app, edge.service))


@router.get("/regions/{case}", operation_id="show_regions")
async def show_regions(case: UUID, edge: EdgeDep) -> RegionsOut:
    """Show the states of a case's regions as this service has them, for a replay to compare."""
    edge.need(OPERATE, AUDIT)
    service = edge.service
    if service.regions is None:
        raise absent()
    stream = stream_id(service.name, service.machine.name, case)
    past = await load(service.machine, edge.tx, stream)
    if past.seq == 0:
        raise absent()
    regions = service.regions(past.state)
    return RegionsOut(service=service.name, case=case, seq=past.seq, regions=regions)


def _here(edge: Edge, consumer: str) -> None:
    """A service answers for its own consumer only."""
    if consumer != edge.service.name:
        raise absent()
