"""Doors to organisations: the public list, one's own, and what a national administrator decides."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from nrm_access import queries
from nrm_access.api.common import Body, command, looks, manages, seen
from nrm_access.domain import commands as ask
from nrm_access.domain.values import TERMS_NOW
from nrm_contracts.access_codes import DeclineOfVetting, SuspensionReason
from nrm_contracts.codes import Duty
from nrm_contracts.contract import CountryCode
from nrm_runtime.core import Command
from nrm_runtime.web.edge import Edge, EdgeDep
from nrm_runtime.web.paging import Page, PagingDep
from nrm_runtime.web.route import CommandRoute

router = APIRouter(route_class=CommandRoute, prefix="/organisations", tags=["organisations"])

State = Literal["applied", "declined", "vetted", "active", "suspended"]


class DutiesIn(Body):
    """What is entrusted from now on, in full."""

    duties: frozenset[Duty]


class DeclineIn(Body):
    """Why an organisation is not taken in."""

    reason: DeclineOfVetting


class SuspensionIn(Body):
    """Why nobody may act for now."""

    reason: SuspensionReason


class TermsIn(Body):
    """Which version of the terms is accepted."""

    terms: Annotated[int, Field(ge=1, le=TERMS_NOW)]


@router.get("", operation_id="list_organisations")
async def list_organisations(
    edge: EdgeDep,
    asked: PagingDep,
    country: Annotated[CountryCode | None, Query()] = None,
    *,
    active: Annotated[bool | None, Query()] = None,
) -> Page[queries.ListedView]:
    """List who takes part or took part: name, kind, country, and whether it is active."""
    looks(edge)
    rows = await queries.organisations(
        edge.tx,
        edge.principal,
        country=country,
        active=active,
        limit=asked.limit,
        after=asked.after,
    )
    return asked.page(rows, lambda row: (str(row.organisation),), lambda row: row)


@router.get("/managed", operation_id="list_managed_organisations")
async def list_managed_organisations(
    edge: EdgeDep, asked: PagingDep, state: Annotated[State | None, Query()] = None
) -> Page[queries.OrganisationView]:
    """List one's own organisation; for a national agency all of its country, applicants too."""
    looks(edge)
    rows = await queries.looked_after(
        edge.tx, edge.principal, state=state, limit=asked.limit, after=asked.after
    )
    return asked.page(rows, lambda row: (str(row.organisation),), lambda row: row)


@router.get("/{organisation}", operation_id="show_organisation")
async def show_organisation(organisation: UUID, edge: EdgeDep) -> queries.OrganisationView:
    """Show an organisation to itself or to the national agency of its country."""
    looks(edge)
    return await edge.show(queries.one_organisation(edge.tx, organisation, edge.principal))


@router.post("/{organisation}/vet", operation_id="vet_organisation")
async def vet_organisation(
    organisation: UUID, body: DutiesIn, edge: EdgeDep
) -> queries.OrganisationView:
    """Take an applicant in, with these of the duties that it asked for."""
    return await _act(
        edge,
        organisation,
        command(edge, ask.VetOrganisation, organisation=organisation, duties=body.duties),
    )


@router.post("/{organisation}/decline", operation_id="decline_organisation")
async def decline_organisation(
    organisation: UUID, body: DeclineIn, edge: EdgeDep
) -> queries.OrganisationView:
    """Do not take an applicant in."""
    return await _act(
        edge,
        organisation,
        command(edge, ask.DeclineOrganisation, organisation=organisation, reason=body.reason),
    )


@router.post("/{organisation}/accept-terms", operation_id="accept_terms")
async def accept_terms(
    organisation: UUID, body: TermsIn, edge: EdgeDep
) -> queries.OrganisationView:
    """Accept the terms for one's organisation; the first time it becomes active."""
    return await _act(
        edge,
        organisation,
        command(edge, ask.AcceptTerms, organisation=organisation, terms=body.terms),
    )


@router.post("/{organisation}/suspend", operation_id="suspend_organisation")
async def suspend_organisation(
    organisation: UUID, body: SuspensionIn, edge: EdgeDep
) -> queries.OrganisationView:
    """Let nobody of an organisation act for now."""
    return await _act(
        edge,
        organisation,
        command(edge, ask.SuspendOrganisation, organisation=organisation, reason=body.reason),
    )


@router.post("/{organisation}/restore", operation_id="restore_organisation")
async def restore_organisation(organisation: UUID, edge: EdgeDep) -> queries.OrganisationView:
    """Let a suspended organisation act again."""
    asked = command(edge, ask.RestoreOrganisation, organisation=organisation)
    return await _act(edge, organisation, asked)


@router.post("/{organisation}/set-duties", operation_id="set_organisation_duties")
async def set_organisation_duties(
    organisation: UUID, body: DutiesIn, edge: EdgeDep
) -> queries.OrganisationView:
    """Change what an organisation is entrusted with; its workers lose what it loses."""
    return await _act(
        edge,
        organisation,
        command(edge, ask.SetOrganisationDuties, organisation=organisation, duties=body.duties),
    )


async def _act(edge: Edge, organisation: UUID, asked: Command) -> queries.OrganisationView:
    await manages(edge)
    edge.match((await seen(edge, organisation)).event_id)
    await edge.execute(None, asked)
    return await edge.show(queries.one_organisation(edge.tx, organisation, edge.principal))
