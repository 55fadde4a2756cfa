"""Doors for what an organisation finds out: immediate needs, dangers, needs, safety."""

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
    MedicalNeed,
    NeedsForm,
    Relative,
    RiskForm,
    RiskHealth,
    SafetyPlanText,
    Threat,
)
from nrm_assistance.domain import commands as ask
from nrm_assistance.domain.parts import SCALE_MAX, NeedItem, Rating
from nrm_contracts.care_codes import ImmediateNeed, Priority, RiskDimension, RiskPhase, RiskSubject
from nrm_contracts.consent_codes import Need
from nrm_contracts.ids import ConsentId, OrganisationId
from nrm_runtime.web.edge import EdgeDep
from nrm_runtime.web.route import CommandRoute

router = APIRouter(
    route_class=CommandRoute,
    prefix="/cases/{case}/assistances/{assistance}",
    tags=["findings"],
)

Degree = Annotated[int, Field(ge=1, le=SCALE_MAX)]


class ImmediateAnswers(Body):
    """The answers in words."""

    medical: MedicalNeed | None = None
    threat: Threat | None = None


class ImmediateIn(Body):
    """Which of the two immediate questions was answered with yes; none is an answer too."""

    found: frozenset[ImmediateNeed]
    private: ImmediateAnswers = ImmediateAnswers()


class RelativeIn(Body):
    """A relative or friend of the person."""

    private: Relative


class RatingIn(Body):
    """Danger in one dimension."""

    dimension: RiskDimension
    likelihood: Degree
    severity: Degree

    def rating(self) -> Rating:
        """Give it as the machine reads it."""
        return Rating(dimension=self.dimension, likelihood=self.likelihood, severity=self.severity)


class RiskWords(Body):
    """The assessment in words; what concerns health stands apart."""

    form: RiskForm
    health: RiskHealth | None = None


class RiskIn(Body):
    """An assessment. For the person every dimension is rated (`child` for children only)."""

    subject: RiskSubject
    relative: UUID | None = None
    phase: RiskPhase
    ratings: Annotated[tuple[RatingIn, ...], Field(min_length=1, max_length=len(RiskDimension))]
    immediate: frozenset[RiskDimension] = frozenset()
    private: RiskWords


class NeedIn(Body):
    """One need of the person, and who is to meet it under which consent."""

    need: Need
    priority: Priority
    provider: UUID | None = None
    consent: UUID | None = None

    def item(self) -> NeedItem:
        """Give it as the machine reads it."""
        return NeedItem(
            need=self.need,
            priority=self.priority,
            provider=None if self.provider is None else OrganisationId(self.provider),
            consent=None if self.consent is None else ConsentId(self.consent),
        )


class NeedsIn(Body):
    """All needs of the person as they stand now."""

    needs: Annotated[tuple[NeedIn, ...], Field(min_length=1, max_length=len(Need))]
    private: NeedsForm | None = None


class SafetyPlanIn(AgreedIn):
    """A safety plan, signed by who agreed."""

    private: SafetyPlanText


@router.get("/file", operation_id="show_file")
async def show_file(case: UUID, assistance: UUID, edge: EdgeDep) -> queries.FileView:
    """Show what one's own organisation knows: immediate needs, needs, safety review."""
    there(await queries.assistance(edge.tx, case, assistance, edge.principal))
    return there(await queries.file(edge.tx, assistance, edge.principal))


@router.get("/tasks", operation_id="list_tasks_of_assistance")
async def list_tasks(case: UUID, assistance: UUID, edge: EdgeDep) -> list[queries.TaskView]:
    """List the dated tasks of an assistance that are not over."""
    there(await queries.assistance(edge.tx, case, assistance, edge.principal))
    return list(await queries.tasks_of(edge.tx, assistance, edge.principal))


@router.post("/immediate-questions", operation_id="ask_immediate_questions")
async def ask_immediate_questions(
    case: UUID, assistance: UUID, body: ImmediateIn, edge: EdgeDep
) -> queries.FileView:
    """Answer the two questions; a yes opens an urgent task, later noes end it."""
    asked = command(
        edge,
        ask.AskImmediateQuestions,
        assistance,
        found=body.found,
        act_by=due(edge, "risk", "immediate_hours"),
    )
    whom = await person(edge, case)
    words = (
        *sealed(whom, "immediate-medical", body.private.medical),
        *sealed(whom, "immediate-threat", body.private.threat),
    )
    await act(edge, case, asked, words)
    return there(await queries.file(edge.tx, assistance, edge.principal))


@router.post("/relatives", status_code=201, operation_id="add_relative")
async def add_relative(
    case: UUID, assistance: UUID, body: RelativeIn, edge: EdgeDep
) -> queries.RelativeView:
    """Add a relative, who gets a key of their own; risks and supports may then be theirs."""
    name = edge.new_id("relative")
    asked = command(edge, ask.AddRelative, assistance, relative=name)
    await act(edge, case, asked, sealed(name, "relative", body.private))
    return there(await queries.relative(edge.tx, case, name, edge.principal))


@router.get("/relatives", operation_id="list_relatives")
async def list_relatives(case: UUID, assistance: UUID, edge: EdgeDep) -> list[queries.RelativeView]:
    """List the relatives that one's own organisation added."""
    there(await queries.assistance(edge.tx, case, assistance, edge.principal))
    return list(await queries.relatives(edge.tx, assistance, edge.principal))


@router.post("/risks", status_code=201, operation_id="assess_risk")
async def assess_risk(
    case: UUID, assistance: UUID, body: RiskIn, edge: EdgeDep
) -> queries.RiskView:
    """Assess a danger to the person or to a relative; it holds for the profile's days."""
    name = edge.new_id("assessment")
    asked = command(
        edge,
        ask.AssessRisk,
        assistance,
        assessment=name,
        subject=body.subject,
        relative=body.relative,
        phase=body.phase,
        ratings=tuple(one.rating() for one in body.ratings),
        immediate=body.immediate,
        valid_until=due(edge, "risk", "validity_days"),
        act_by=due(edge, "risk", "immediate_hours"),
    )
    whom = await person(edge, case) if body.relative is None else body.relative
    words = (
        *sealed(whom, "risk", body.private.form),
        *sealed(whom, "risk-health", body.private.health),
    )
    await act(edge, case, asked, words)
    return there(await queries.risk(edge.tx, name, edge.principal))


@router.get("/risks", operation_id="list_risks")
async def list_risks(case: UUID, assistance: UUID, edge: EdgeDep) -> list[queries.RiskView]:
    """List one's own risk assessments, in order."""
    there(await queries.assistance(edge.tx, case, assistance, edge.principal))
    return list(await queries.risks(edge.tx, assistance, edge.principal))


@router.post("/needs", operation_id="assess_needs")
async def assess_needs(
    case: UUID, assistance: UUID, body: NeedsIn, edge: EdgeDep
) -> queries.FileView:
    """Say what the person needs."""
    asked = command(
        edge, ask.AssessNeeds, assistance, needs=tuple(one.item() for one in body.needs)
    )
    await act(edge, case, asked, sealed(await person(edge, case), "needs", body.private))
    return there(await queries.file(edge.tx, assistance, edge.principal))


@router.post("/safety-plan", operation_id="agree_safety_plan")
async def agree_safety_plan(
    case: UUID, assistance: UUID, body: SafetyPlanIn, edge: EdgeDep
) -> queries.FileView:
    """Agree on what to do when danger rises; it replaces the plan before."""
    asked = command(
        edge,
        ask.AgreeSafetyPlan,
        assistance,
        agreement=body.agreement(),
        review_by=due(edge, "assistance", "safety_review_days"),
    )
    words = sealed(await person(edge, case), "safety-plan", body.private)
    await act(edge, case, asked, words)
    return there(await queries.file(edge.tx, assistance, edge.principal))
