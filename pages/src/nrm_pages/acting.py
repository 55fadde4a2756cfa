"""Two doors that pages need of every service: what may be done to a case, what happened in it."""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_runtime.access import READ, WRITE, Principal
from nrm_runtime.store.execute import load
from nrm_runtime.store.streams import stream_id
from nrm_runtime.web.edge import EdgeDep
from nrm_runtime.web.paging import Page, PagingDep
from nrm_runtime.web.problems import absent
from nrm_runtime.web.route import CommandRoute

Allowed: TypeAlias = Callable[[Any, Principal], Iterable[tuple[str, Mapping[str, UUID]]]]
"""By a state and who asks: operations that the machine's own table allows, on which things."""

Question: TypeAlias = Callable[[AsyncConnection, UUID, Principal], Awaitable[bool]]

_READ: Final = text(
    "SELECT seq, event_id, type, occurred_at, recorded_at, entry, entry_hash FROM event"
    " WHERE stream = :stream AND seq < :before ORDER BY seq DESC LIMIT :most"
)
BEGINNING: Final = 2**31 - 1
BATCH: Final = 500


class Action(BaseModel):
    """An operation that may be begun now; `target` holds its path parameters beside the case."""

    model_config = ConfigDict(frozen=True)

    operation: str
    target: dict[str, UUID]


class Past(BaseModel):
    """One thing that happened, as the ledger has it: never what was written about the person.

    `stream`, `seq` and `receipt` (leaf hash, hexadecimal) find the entry in the log.
    """

    model_config = ConfigDict(frozen=True)

    stream: UUID
    seq: int
    event_id: UUID
    type: str
    occurred_at: datetime
    recorded_at: datetime
    organisation: UUID | None
    worker: UUID | None
    service: str | None
    receipt: str


def acting_router(allowed: Allowed, sees: Question, answers: Question) -> APIRouter:
    """Make the two doors.

    `sees` says who may see a case at all; who does not `answers` for it now sees of its past only
    what their own organisation did.
    """
    router = APIRouter(route_class=CommandRoute, tags=["cases"])

    @router.get("/cases/{case}/actions", operation_id="list_actions")
    async def list_actions(case: UUID, edge: EdgeDep) -> list[Action]:
        """List what this worker's organisation may do to a case as it stands."""
        edge.need(READ)
        if not await sees(edge.tx, case, edge.principal):
            raise absent()
        if WRITE not in edge.principal.scopes:
            return []
        machine = edge.service.machine
        past = await load(machine, edge.tx, stream_id(edge.service.name, machine.name, case))
        found = allowed(past.state, edge.principal)
        return [Action(operation=name, target=dict(target)) for name, target in found]

    @router.get("/cases/{case}/history", operation_id="list_history")
    async def list_history(case: UUID, edge: EdgeDep, paging: PagingDep) -> Page[Past]:
        """List what happened in a case here, the newest first."""
        edge.need(READ)
        if not await sees(edge.tx, case, edge.principal):
            raise absent()
        whole = await answers(edge.tx, case, edge.principal)
        stream = stream_id(edge.service.name, edge.service.machine.name, case)
        before = int(paging.after[0]) if paging.after else BEGINNING
        rows: list[Past] = []
        while len(rows) <= paging.limit:
            batch = {"stream": stream, "before": before, "most": BATCH}
            found = (await edge.tx.execute(_READ, batch)).all()
            rows += [
                one
                for one in (_past(stream, row) for row in found)
                if whole or one.organisation == edge.principal.organisation
            ]
            if len(found) < BATCH:
                break
            before = found[-1].seq
        return paging.page(rows, lambda one: (str(one.seq),), lambda one: one)

    return router


def _past(stream: UUID, row: Any) -> Past:  # noqa: ANN401 - a row of the library
    entry = json.loads(bytes(row.entry))
    actor = entry["actor"]
    return Past(
        stream=stream,
        seq=row.seq,
        event_id=row.event_id,
        type=entry["type"],
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        organisation=actor.get("org"),
        worker=actor.get("worker"),
        service=actor.get("service"),
        receipt=bytes(row.entry_hash).hex(),
    )
