"""Doors for cases as a whole: where they stand, who answered for them, what was disclosed."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from nrm_contracts.codes import Duty, LinkKind, ReopeningReason
from nrm_contracts.consent_codes import LegalGround
from nrm_contracts.ids import CaseId
from nrm_referral import queries
from nrm_referral.api.common import Body, command, seen_case, there
from nrm_referral.domain import commands as ask
from nrm_runtime.access import WRITE
from nrm_runtime.core import Refused
from nrm_runtime.persons.erasing import ask_erasure
from nrm_runtime.web.edge import EdgeDep
from nrm_runtime.web.paging import Page, PagingDep
from nrm_runtime.web.problems import Problem
from nrm_runtime.web.route import CommandRoute

router = APIRouter(route_class=CommandRoute, tags=["cases"])

BY_REQUEST = "person_asked"  # the ground when the person wants it and no law is named


class LinkIn(Body):
    """Which case belongs together with this one, and why."""

    linked: UUID
    how: LinkKind


class ReopeningIn(Body):
    """Why the case is taken up again."""

    reason: ReopeningReason


class ErasureIn(Body):
    """On which ground the person is erased; without one, because the person asked."""

    ground: LegalGround | None = None


class ErasureOut(Body):
    """Whether an erasure was begun now, or had been before."""

    begun: bool


@router.get("/cases", operation_id="list_cases")
async def list_cases(
    edge: EdgeDep, asked: PagingDep, *, held: Annotated[bool, Query()] = False
) -> Page[queries.CaseView]:
    """List the organisation's cases, the newest first; with `held`, those it answers for."""
    rows = await queries.cases(
        edge.tx, edge.principal, limit=asked.limit, after=asked.after, held=held
    )
    return asked.page(rows, lambda row: (row.opened_at.isoformat(), str(row.case)), lambda row: row)


@router.get("/cases/{case}", operation_id="show_case")
async def show_case(case: UUID, edge: EdgeDep) -> queries.CaseView:
    """Show where a case stands."""
    return await edge.show(queries.case(edge.tx, case, edge.principal))


@router.get("/cases/{case}/custody", operation_id="show_custody")
async def show_custody(case: UUID, edge: EdgeDep) -> list[queries.TenureView]:
    """Show who answered for the case from when until when."""
    found = await queries.custody(edge.tx, case, edge.principal)
    return list(there(found or None))


@router.get("/cases/{case}/disclosures", operation_id="list_disclosures")
async def list_disclosures(case: UUID, edge: EdgeDep) -> list[queries.DisclosureView]:
    """List every ticket that was given and everything that a group was told."""
    await seen_case(edge, case)
    return list(await queries.disclosures(edge.tx, case, edge.principal))


@router.get("/cases/{case}/links", operation_id="list_links")
async def list_links(case: UUID, edge: EdgeDep) -> list[queries.LinkView]:
    """List the cases that belong together with this one."""
    await seen_case(edge, case)
    return list(await queries.links(edge.tx, case, edge.principal))


@router.post("/cases/{case}/links", status_code=201, operation_id="link_case")
async def link_case(case: UUID, body: LinkIn, edge: EdgeDep) -> list[queries.LinkView]:
    """Link a case that the caller sees as well; nothing is merged."""
    await seen_case(edge, case)
    if body.linked == case:
        raise Problem(422, "same-case", "A case is not linked with itself.")
    await seen_case(edge, body.linked)
    asked = command(edge, ask.LinkCase, linked=CaseId(body.linked), how=body.how)
    await edge.execute(case, asked)
    return list(await queries.links(edge.tx, case, edge.principal))


@router.post("/cases/{case}/reopen", operation_id="reopen_case")
async def reopen_case(case: UUID, body: ReopeningIn, edge: EdgeDep) -> queries.CaseView:
    """Take a closed case up again."""
    view = await seen_case(edge, case)
    edge.match(view.event_id)
    await edge.execute(case, command(edge, ask.ReopenCase, reason=body.reason))
    return await edge.show(queries.case(edge.tx, case, edge.principal))


@router.post("/cases/{case}/erasure", status_code=202, operation_id="erase_person")
async def erase_person(case: UUID, body: ErasureIn, edge: EdgeDep) -> ErasureOut:
    """Erase the case's person here: from now on nothing is written or read about them."""
    edge.need(WRITE, duty=Duty.ERASE)
    view = await seen_case(edge, case)
    if view.custodian != edge.principal.organisation:
        raise Refused("not-the-custodian", "The custodian erases the person of a case.")
    whom = there(await queries.person(edge.tx, case, edge.principal))
    ground = BY_REQUEST if body.ground is None else body.ground.value
    begun = await ask_erasure(edge.tx, whom, case, by=edge.by, ground=ground, at=edge.now)
    return ErasureOut(begun=begun)
