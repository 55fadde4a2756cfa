"""Doors for consents to disclose, and for what groups outside the mechanism are told."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, Field

from nrm_contracts.codes import YesNo
from nrm_contracts.consent_codes import (
    BlockedGroup,
    ConsentForm,
    ConsentGiver,
    DataCategory,
    Purpose,
)
from nrm_contracts.ids import ConsentId, OrganisationId
from nrm_referral import queries
from nrm_referral.api.common import (
    DAYS_MAX,
    Body,
    command,
    documents,
    due,
    instant,
    listed,
    rules,
    seen_case,
    there,
)
from nrm_referral.documents import ConsentStatement, GroupNote
from nrm_referral.domain import commands as ask
from nrm_runtime.core import Due
from nrm_runtime.web.edge import EdgeDep
from nrm_runtime.web.paging import Page, PagingDep
from nrm_runtime.web.problems import Problem
from nrm_runtime.web.route import CommandRoute

router = APIRouter(route_class=CommandRoute, tags=["consents"])

Categories = Annotated[frozenset[DataCategory], Field(min_length=1)]


class ConsentIn(Body):
    """To whom, for what, which kinds of data, until when (a date or a number of days)."""

    recipient: UUID | None = None
    group: BlockedGroup | None = None
    purpose: Purpose
    categories: Categories
    blocked: frozenset[BlockedGroup] = frozenset()
    form: ConsentForm
    giver: ConsentGiver = ConsentGiver.PERSON
    assent: YesNo | None = None
    until: AwareDatetime | None = None
    days: Annotated[int, Field(ge=1, le=DAYS_MAX)] | None = None
    private: ConsentStatement | None = None


class WithdrawalIn(Body):
    """How the person withdrew, in words."""

    private: ConsentStatement | None = None


PLAIN = WithdrawalIn()


class InformedIn(Body):
    """Who outside the mechanism is told which kinds of things, and why."""

    group: BlockedGroup
    categories: Categories
    purpose: Purpose
    private: GroupNote | None = None


@router.get("/cases/{case}/consents", operation_id="list_consents")
async def list_consents(case: UUID, edge: EdgeDep) -> list[queries.ConsentView]:
    """List the consents of a case that the organisation may see."""
    found = await queries.consents(edge.tx, case, edge.principal)
    if not found:
        await seen_case(edge, case)
    return list(found)


@router.get("/cases/{case}/consents/{consent}", operation_id="show_consent")
async def show_consent(case: UUID, consent: UUID, edge: EdgeDep) -> queries.ConsentView:
    """Show a consent."""
    return await edge.show(queries.consent(edge.tx, case, consent, edge.principal))


@router.get("/withdrawals", operation_id="list_withdrawals")
async def list_withdrawals(edge: EdgeDep, asked: PagingDep) -> Page[queries.ConsentView]:
    """List the withdrawals that the organisation must still acknowledge."""
    rows = await queries.withdrawals(edge.tx, edge.principal, limit=asked.limit, after=asked.after)
    return asked.page(
        rows, lambda row: (row.granted_at.isoformat(), str(row.consent)), lambda row: row
    )


@router.post("/cases/{case}/consents", status_code=201, operation_id="grant_consent")
async def grant_consent(case: UUID, body: ConsentIn, edge: EdgeDep) -> queries.ConsentView:
    """Record what the person agreed to."""
    await seen_case(edge, case)
    until = instant(edge, body.until, body.days)
    if until is None:
        raise Problem(422, "until-missing", "A consent ends: give a date or a number of days.")
    if body.recipient is not None:
        listed(edge, body.recipient)
    consent = ConsentId(edge.new_id("consent"))
    asked = command(
        edge,
        ask.GrantConsent,
        consent=consent,
        recipient=None if body.recipient is None else OrganisationId(body.recipient),
        group=body.group,
        purpose=body.purpose,
        categories=body.categories,
        blocked=body.blocked,
        form=body.form,
        giver=body.giver,
        assent=body.assent,
        until=Due(at=until, profile=rules(edge.principal.country).ref),
    )
    private = await documents(edge, case, consent, [("consent-statement", body.private)])
    await edge.execute(case, asked, documents=private)
    edge.location = f"/cases/{case}/consents/{consent}"
    return await edge.show(queries.consent(edge.tx, case, consent, edge.principal))


@router.post("/cases/{case}/consents/{consent}/withdraw", operation_id="withdraw_consent")
async def withdraw_consent(
    case: UUID, consent: UUID, edge: EdgeDep, body: WithdrawalIn = PLAIN
) -> queries.ConsentView:
    """Record that the person withdrew: nothing more is disclosed under it."""
    view = there(await queries.consent(edge.tx, case, consent, edge.principal))
    edge.match(view.event_id)
    asked = command(
        edge,
        ask.WithdrawConsent,
        consent=ConsentId(consent),
        acknowledge_by=due(edge, "consent", "withdrawal_acknowledge_hours"),
    )
    private = await documents(edge, case, consent, [("withdrawal-statement", body.private)])
    await edge.execute(case, asked, documents=private)
    return await edge.show(queries.consent(edge.tx, case, consent, edge.principal))


@router.post("/cases/{case}/consents/{consent}/acknowledge", operation_id="acknowledge_withdrawal")
async def acknowledge_withdrawal(case: UUID, consent: UUID, edge: EdgeDep) -> queries.ConsentView:
    """Say that the organisation, which received data, knows of the withdrawal."""
    view = there(await queries.consent(edge.tx, case, consent, edge.principal))
    edge.match(view.event_id)
    asked = command(edge, ask.AcknowledgeWithdrawal, consent=ConsentId(consent))
    await edge.execute(case, asked)
    return await edge.show(queries.consent(edge.tx, case, consent, edge.principal))


@router.post("/cases/{case}/informed", status_code=201, operation_id="inform_group")
async def inform_group(case: UUID, body: InformedIn, edge: EdgeDep) -> list[queries.DisclosureView]:
    """Record what a group is told; refused unless a consent names it."""
    await seen_case(edge, case)
    asked = command(
        edge,
        ask.InformGroup,
        group=body.group,
        categories=body.categories,
        purpose=body.purpose,
    )
    private = await documents(edge, case, edge.command_id, [("group-note", body.private)])
    await edge.execute(case, asked, documents=private)
    return list(await queries.disclosures(edge.tx, case, edge.principal))
