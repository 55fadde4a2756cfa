"""Doors for plans and supports."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from nrm_assistance import queries
from nrm_assistance.api.common import (
    AgreedIn,
    Body,
    act,
    command,
    due,
    person,
    sealed,
    there,
)
from nrm_assistance.documents import (
    PlanText,
    Private,
    ReviewText,
    SupportNote,
    SupportText,
    category_of_support,
)
from nrm_assistance.domain import commands as ask
from nrm_assistance.domain.parts import PILLAR_MAX, PlanItem
from nrm_contracts.care_codes import RiskSubject, Setting, SupportEnd
from nrm_contracts.consent_codes import Need
from nrm_runtime.persons.payloads import Document
from nrm_runtime.web.edge import Edge, EdgeDep
from nrm_runtime.web.route import CommandRoute

router = APIRouter(
    route_class=CommandRoute,
    prefix="/cases/{case}/assistances/{assistance}",
    tags=["helping"],
)

ITEMS_MAX = 60
Pillar = Annotated[int, Field(ge=1, le=PILLAR_MAX)]


class ItemIn(Body):
    """One item of a plan; the pillars are protection, support, inclusion, justice."""

    need: Need
    pillar: Pillar
    setting: Setting

    def item(self) -> PlanItem:
        """Give it as the machine reads it."""
        return PlanItem(need=self.need, pillar=self.pillar, setting=self.setting)


class PlanIn(AgreedIn):
    """An assistance plan, signed by who agreed."""

    items: Annotated[tuple[ItemIn, ...], Field(min_length=1, max_length=ITEMS_MAX)]
    private: PlanText


class ReviewIn(Body):
    """A review of the plan with the person."""

    private: ReviewText


class SupportIn(AgreedIn):
    """A support that the person agreed to; for a relative, name the one who was added."""

    need: Need
    pillar: Pillar
    setting: Setting
    subject: RiskSubject = RiskSubject.PERSON
    relative: UUID | None = None
    private: SupportText | None = None


class DeliveryIn(Body):
    """What may be said of a support that was given."""

    private: SupportNote | None = None


class EndIn(Body):
    """How a support ended; moved and shared only when custody has moved."""

    how: SupportEnd
    private: SupportNote | None = None


@router.post("/plans", status_code=201, operation_id="activate_plan")
async def activate_plan(
    case: UUID, assistance: UUID, body: PlanIn, edge: EdgeDep
) -> queries.PlanView:
    """Put a plan into force; it replaces the one before."""
    name = edge.new_id("plan")
    asked = command(
        edge,
        ask.ActivatePlan,
        assistance,
        plan=name,
        items=tuple(one.item() for one in body.items),
        agreement=body.agreement(),
        review_by=due(edge, "assistance", "review_days"),
    )
    await act(edge, case, asked, sealed(await person(edge, case), "plan", body.private))
    return await _plan(edge, assistance, name)


@router.get("/plans", operation_id="list_plans")
async def list_plans(case: UUID, assistance: UUID, edge: EdgeDep) -> list[queries.PlanView]:
    """List one's own plans, in order."""
    there(await queries.assistance(edge.tx, case, assistance, edge.principal))
    return list(await queries.plans(edge.tx, assistance, edge.principal))


@router.post("/plans/{plan}/review", operation_id="review_plan")
async def review_plan(
    case: UUID, assistance: UUID, plan: UUID, body: ReviewIn, edge: EdgeDep
) -> queries.PlanView:
    """Review the plan in force; the next review is due by the profile's days."""
    asked = command(
        edge,
        ask.ReviewPlan,
        assistance,
        plan=plan,
        review_by=due(edge, "assistance", "review_days"),
    )
    words = sealed(await person(edge, case), "plan-review", body.private)
    await act(edge, case, asked, words)
    return await _plan(edge, assistance, plan)


@router.post("/supports", status_code=201, operation_id="start_support")
async def start_support(
    case: UUID, assistance: UUID, body: SupportIn, edge: EdgeDep
) -> queries.SupportView:
    """Begin a support."""
    name = edge.new_id("support")
    asked = command(
        edge,
        ask.StartSupport,
        assistance,
        support=name,
        need=body.need,
        setting=body.setting,
        pillar=body.pillar,
        subject=body.subject,
        relative=body.relative,
        agreement=body.agreement(),
    )
    whom = await person(edge, case) if body.relative is None else body.relative
    category = category_of_support(body.need)
    words = sealed(whom, "support", body.private, name=name, category=category)
    await act(edge, case, asked, words)
    return there(await queries.support(edge.tx, assistance, name, edge.principal))


@router.get("/supports", operation_id="list_supports")
async def list_supports(case: UUID, assistance: UUID, edge: EdgeDep) -> list[queries.SupportView]:
    """List one's own supports, in order."""
    there(await queries.assistance(edge.tx, case, assistance, edge.principal))
    return list(await queries.supports(edge.tx, assistance, edge.principal))


@router.post("/supports/{support}/deliver", operation_id="deliver_support")
async def deliver_support(
    case: UUID, assistance: UUID, support: UUID, body: DeliveryIn, edge: EdgeDep
) -> queries.SupportView:
    """Record that a support was given."""
    asked = command(edge, ask.DeliverSupport, assistance, support=support)
    words = await _note(edge, case, assistance, support, body.private)
    await act(edge, case, asked, words)
    return there(await queries.support(edge.tx, assistance, support, edge.principal))


@router.post("/supports/{support}/end", operation_id="end_support")
async def end_support(
    case: UUID, assistance: UUID, support: UUID, body: EndIn, edge: EdgeDep
) -> queries.SupportView:
    """End a support, or say that it moved or became shared."""
    asked = command(edge, ask.EndSupport, assistance, support=support, how=body.how)
    words = await _note(edge, case, assistance, support, body.private)
    await act(edge, case, asked, words)
    return there(await queries.support(edge.tx, assistance, support, edge.principal))


async def _plan(edge: Edge, assistance: UUID, name: UUID) -> queries.PlanView:
    every = await queries.plans(edge.tx, assistance, edge.principal)
    return there(next((one for one in every if one.plan == name), None))


async def _note(
    edge: Edge, case: UUID, assistance: UUID, support: UUID, note: Private | None
) -> tuple[Document, ...]:
    given = there(await queries.support(edge.tx, assistance, support, edge.principal))
    whom = await person(edge, case) if given.relative is None else given.relative
    category = category_of_support(Need(given.need))
    return sealed(whom, "note", note, name=edge.command_id, category=category)
