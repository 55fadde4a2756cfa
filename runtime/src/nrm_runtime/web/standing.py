"""How a service stands, for its operators: what waits to be told, what falls due, what is wrong."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import text

from nrm_runtime.access import OPERATE
from nrm_runtime.web.edge import EdgeDep
from nrm_runtime.web.route import CommandRoute

SHOWN_MAX: Final = 100

_OUTBOX: Final = text(
    "SELECT count(*) AS unsent, min(queued_at) AS oldest FROM outbox WHERE sent_at IS NULL"
)
_DEADLINES: Final = text(
    "SELECT stream, split_part(name, ':', 1) AS name, due_at, profile_version, calendar_version,"
    " refused FROM deadline ORDER BY refused IS NULL, due_at, stream, name LIMIT :most"
)
_ALARMS: Final = text(
    "SELECT kind, about, reason, raised_at FROM alarm WHERE settled_at IS NULL"
    " ORDER BY raised_at DESC, id DESC LIMIT :most"
)
_PROFILES: Final = text("SELECT DISTINCT profile_version FROM deadline ORDER BY profile_version")


class Running(BaseModel):
    """A deadline that runs: its name without ids, when it is due, by which rules; why it stuck."""

    stream: UUID
    name: str
    due_at: datetime
    profile: str
    calendar: str
    refused: str | None


class Alarm(BaseModel):
    """Something an operator must look at."""

    kind: str
    about: str
    reason: str
    raised_at: datetime


class Standing(BaseModel):
    """How the service stands at `now`, its own clock; waiting messages count by the real one."""

    service: str
    now: datetime
    unsent: int
    oldest_unsent_at: datetime | None
    deadlines: list[Running]
    alarms: list[Alarm]
    profiles: list[str]


router = APIRouter(prefix="/operations", tags=["operations"], route_class=CommandRoute)


@router.get("/standing", operation_id="show_standing")
async def show_standing(edge: EdgeDep) -> Standing:
    """Show what waits, what falls due and what is wrong here; nothing about any person."""
    edge.need(OPERATE)

    async def rows(statement: Any, **bound: Any) -> list[Any]:  # noqa: ANN401 - the library's own
        return list((await edge.tx.execute(statement, bound)).all())

    (outbox,) = await rows(_OUTBOX)
    return Standing(
        service=edge.service.name,
        now=edge.now,
        unsent=outbox.unsent,
        oldest_unsent_at=outbox.oldest,
        deadlines=[
            Running(
                stream=row.stream,
                name=row.name,
                due_at=row.due_at,
                profile=row.profile_version,
                calendar=row.calendar_version,
                refused=row.refused,
            )
            for row in await rows(_DEADLINES, most=SHOWN_MAX)
        ],
        alarms=[
            Alarm.model_validate(row, from_attributes=True)
            for row in await rows(_ALARMS, most=SHOWN_MAX)
        ],
        profiles=[row.profile_version for row in await rows(_PROFILES)],
    )
