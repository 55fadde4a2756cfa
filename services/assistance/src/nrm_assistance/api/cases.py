"""Doors for a case as a whole: what is known of it, whose tasks run, erasure of a person."""

from uuid import UUID

from fastapi import APIRouter

from nrm_assistance import queries
from nrm_assistance.api.common import Body, person, there
from nrm_contracts.codes import Duty
from nrm_contracts.consent_codes import LegalGround
from nrm_runtime.access import WRITE
from nrm_runtime.core import Refused
from nrm_runtime.persons.erasing import ask_erasure
from nrm_runtime.web.edge import EdgeDep
from nrm_runtime.web.paging import Page, PagingDep
from nrm_runtime.web.route import CommandRoute

router = APIRouter(route_class=CommandRoute, tags=["cases"])

BY_REQUEST = "person_asked"  # the ground when the person wants it and no law is named


class ErasureIn(Body):
    """Whom to erase: the person of the case, or a relative that the organisation added."""

    relative: UUID | None = None
    ground: LegalGround | None = None


class ErasureOut(Body):
    """Whether an erasure was begun now, or had been before."""

    begun: bool


@router.get("/cases/{case}", operation_id="show_case")
async def show_case(case: UUID, edge: EdgeDep) -> queries.CaseView:
    """Show what assistance knows of a case."""
    return await edge.show(queries.case(edge.tx, case, edge.principal))


@router.get("/cases/{case}/relatives", operation_id="list_relatives_of_case")
async def list_relatives(case: UUID, edge: EdgeDep) -> list[queries.RelativeView]:
    """List the relatives that one's own organisation added in any assistance of a case."""
    there(await queries.case(edge.tx, case, edge.principal))
    return list(await queries.relatives(edge.tx, case, edge.principal))


@router.get("/tasks", operation_id="list_tasks")
async def list_tasks(edge: EdgeDep, asked: PagingDep) -> Page[queries.TaskView]:
    """List the organisation's dated tasks that are not over, the earliest first."""
    rows = await queries.tasks(edge.tx, edge.principal, limit=asked.limit, after=asked.after)
    return asked.page(rows, _key, lambda row: row)


@router.get("/assistances", operation_id="list_own_assistances")
async def list_own_assistances(edge: EdgeDep, asked: PagingDep) -> Page[queries.AssistanceView]:
    """List the organisation's assistances in all cases, the newest first."""
    rows = await queries.own_assistances(
        edge.tx, edge.principal, limit=asked.limit, after=asked.after
    )
    return asked.page(
        rows, lambda row: (row.opened_at.isoformat(), str(row.assistance)), lambda row: row
    )


@router.post("/cases/{case}/erasure", status_code=202, operation_id="erase_person")
async def erase_person(case: UUID, body: ErasureIn, edge: EdgeDep) -> ErasureOut:
    """Erase a person here: from now on nothing is written or read about them."""
    edge.need(WRITE, duty=Duty.ERASE)
    view = there(await queries.case(edge.tx, case, edge.principal))
    if body.relative is None:
        if view.custodian != edge.principal.organisation:
            raise Refused("not-the-custodian", "The custodian erases the person of a case.")
        whom = await person(edge, case)
    else:
        whom = there(await queries.relative(edge.tx, case, body.relative, edge.principal)).relative
    ground = BY_REQUEST if body.ground is None else body.ground.value
    begun = await ask_erasure(edge.tx, whom, case, by=edge.by, ground=ground, at=edge.now)
    return ErasureOut(begun=begun)


def _key(row: queries.TaskView) -> tuple[str, ...]:
    return (row.due_at.isoformat(), str(row.assistance), row.what, str(row.about))
