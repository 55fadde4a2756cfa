"""Doors for a case as a whole: what is known of it, its returns, what is owed, erasure."""

from enum import StrEnum
from uuid import UUID

from fastapi import APIRouter

from nrm_contracts.codes import Duty
from nrm_contracts.consent_codes import LegalGround
from nrm_return import queries
from nrm_return.api.common import Body, show, there
from nrm_runtime.access import WRITE
from nrm_runtime.core import Refused
from nrm_runtime.persons.erasing import ask_erasure
from nrm_runtime.web.edge import EdgeDep
from nrm_runtime.web.paging import Page, PagingDep
from nrm_runtime.web.route import CommandRoute

router = APIRouter(route_class=CommandRoute, tags=["returns"])

BY_REQUEST = "person_asked"  # the ground when the person wants it and no law is named


class Whose(StrEnum):
    """Whose documents are erased."""

    PERSON = "person"
    FAMILY = "family"


class ErasureIn(Body):
    """Whom to erase here: the person of the case, or the family."""

    whose: Whose = Whose.PERSON
    ground: LegalGround | None = None


class ErasureOut(Body):
    """Whether an erasure was begun now, or had been before."""

    begun: bool


@router.get("/cases/{case}", operation_id="show_case")
async def show_case(case: UUID, edge: EdgeDep) -> queries.CaseView:
    """Show what return knows of a case."""
    return await edge.show(queries.case(edge.tx, case, edge.principal))


@router.get("/cases/{case}/returns", operation_id="list_returns")
async def list_returns(case: UUID, edge: EdgeDep, asked: PagingDep) -> Page[queries.ReturnView]:
    """List the returns of a case, the newest first."""
    rows = await queries.journeys(
        edge.tx, edge.principal, limit=asked.limit, after=asked.after, case_id=case
    )
    return asked.page(rows, _newest, lambda row: row)


@router.get("/cases/{case}/returns/{return_id}", operation_id="show_return")
async def show_return(case: UUID, return_id: UUID, edge: EdgeDep) -> queries.ReturnFileView:
    """Show a return: its state, what is on file, and what is missing."""
    return await show(edge, case, return_id)


@router.get("/returns", operation_id="list_own_returns")
async def list_own_returns(edge: EdgeDep, asked: PagingDep) -> Page[queries.ReturnView]:
    """List the organisation's returns in all cases, the newest first."""
    rows = await queries.journeys(edge.tx, edge.principal, limit=asked.limit, after=asked.after)
    return asked.page(rows, _newest, lambda row: row)


@router.get("/tasks", operation_id="list_tasks")
async def list_tasks(edge: EdgeDep, asked: PagingDep) -> Page[queries.TaskView]:
    """List what is owed by a date in the organisation's returns, the earliest first."""
    rows = await queries.tasks(edge.tx, edge.principal, limit=asked.limit, after=asked.after)
    return asked.page(
        rows,
        lambda row: (row.due_at.isoformat(), str(row.return_id), row.name),
        lambda row: row,
    )


@router.post("/cases/{case}/erasure", status_code=202, operation_id="erase_person")
async def erase_person(case: UUID, body: ErasureIn, edge: EdgeDep) -> ErasureOut:
    """Erase person or family here: from now on nothing is written or read about them."""
    edge.need(WRITE, duty=Duty.ERASE)
    view = there(await queries.case(edge.tx, case, edge.principal))
    if view.custodian != edge.principal.organisation:
        raise Refused("not-the-custodian", "The custodian erases the person of a case.")
    keys = there(await queries.keys(edge.tx, case, edge.principal))
    whom = keys.person if body.whose is Whose.PERSON else keys.family
    ground = BY_REQUEST if body.ground is None else body.ground.value
    begun = await ask_erasure(edge.tx, whom, case, by=edge.by, ground=ground, at=edge.now)
    return ErasureOut(begun=begun)


def _newest(row: queries.ReturnView) -> tuple[str, ...]:
    return (row.requested_at.isoformat(), str(row.return_id))
