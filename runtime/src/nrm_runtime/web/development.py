"""Development only: the clock that scenarios move, and whether the service has come to rest."""

from typing import Annotated, Final

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from nrm_runtime.access import AUDIT, OPERATE, READ
from nrm_runtime.store.clock import OFFSET_S_MAX
from nrm_runtime.web.edge import EdgeDep
from nrm_runtime.web.route import CommandRoute

_COUNTS: Final = """
    SELECT (SELECT count(*) FROM deadline WHERE due_at <= $1 AND refused IS NULL) AS due,
      (SELECT count(*) FROM outbox WHERE sent_at IS NULL) AS unsent,
      (SELECT count(*) FROM event) AS events,
      (SELECT count(*) FROM parked) AS parked,
      (SELECT coalesce(max(offset_s), 0) FROM development_clock) AS offset_seconds
"""
_TOLD: Final = "SELECT topic, count(*) AS told FROM outbox GROUP BY topic ORDER BY topic"
_HEARD: Final = "SELECT topic, sum(told) AS heard FROM heard GROUP BY topic ORDER BY topic"


class OffsetIn(BaseModel):
    """How far the service's clock is to be ahead of real time, in seconds; it never goes back."""

    model_config = ConfigDict(extra="forbid")

    offset_seconds: Annotated[int, Field(ge=0, le=OFFSET_S_MAX)]


class OffsetOut(BaseModel):
    """The offset that holds now, in seconds: the greatest that was ever asked for."""

    offset_seconds: int


class QuietOut(BaseModel):
    """What is still on its way here.

    `told` counts the messages told per topic, `heard` those taken in per topic: at rest the sum
    of `told` over all services equals `heard` of everyone who hears the topic.
    """

    offset_seconds: int
    due: int
    unsent: int
    events: int
    parked: int
    told: dict[str, int]
    heard: dict[str, int]


router = APIRouter(prefix="/development", tags=["development"], route_class=CommandRoute)


@router.get("/clock", operation_id="development_clock")
async def show_clock(edge: EdgeDep) -> OffsetOut:
    """Say how far the clock is ahead."""
    edge.need(OPERATE, AUDIT, READ)
    return OffsetOut(offset_seconds=await edge.running.clock.offset())


@router.put("/clock", operation_id="move_development_clock")
async def move_clock(body: OffsetIn, edge: EdgeDep) -> OffsetOut:
    """Move the clock forward; the greater offset wins."""
    edge.need(OPERATE)
    moved = await edge.running.clock.move(body.offset_seconds)
    return OffsetOut(offset_seconds=moved)


@router.get("/quiet", operation_id="development_quiet")
async def quiet(edge: EdgeDep) -> QuietOut:
    """Count what is due, unsent, told, heard and parked."""
    edge.need(OPERATE, AUDIT, READ)
    counts = (await edge.tx.exec_driver_sql(_COUNTS, (edge.now,))).one()
    told = (await edge.tx.exec_driver_sql(_TOLD)).all()
    heard = (await edge.tx.exec_driver_sql(_HEARD)).all()
    return QuietOut(
        offset_seconds=counts.offset_seconds,
        due=counts.due,
        unsent=counts.unsent,
        events=counts.events,
        parked=counts.parked,
        told={row.topic: int(row.told) for row in told},
        heard={row.topic: int(row.heard) for row in heard},
    )
