"""Doors for the joint risk assessment, signed by one organisation of each country."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from nrm_contracts.care_codes import RiskDimension, RiskLevel, RiskSubject
from nrm_contracts.ids import AssessmentId, DocumentId
from nrm_return import documents as vault
from nrm_return import queries
from nrm_return.api.common import Body, Part, act, command, known_organisation, rules
from nrm_return.domain import commands as ask
from nrm_return.domain.risk import SCALE_MAX
from nrm_return.domain.values import Finding, Measure
from nrm_runtime.core import Due
from nrm_runtime.web.edge import Edge, EdgeDep
from nrm_runtime.web.route import CommandRoute

router = APIRouter(
    route_class=CommandRoute, prefix="/cases/{case}/returns/{return_id}", tags=["joint risk"]
)

FINDINGS_MAX: Final = len(RiskDimension) * len(RiskSubject)

Grade = Annotated[int, Field(ge=1, le=SCALE_MAX)]


class FindingIn(Body):
    """One danger: likelihood and severity from 1 to 4."""

    subject: RiskSubject
    dimension: RiskDimension
    likelihood: Grade
    severity: Grade


class MeasureIn(Body):
    """What is done about a danger: its owner, and the level that is agreed to remain."""

    subject: RiskSubject
    dimension: RiskDimension
    owner: UUID
    residual: RiskLevel


class RiskIn(Body):
    """One country's signature; words go to the vault, those about relatives under `family`."""

    findings: Annotated[tuple[FindingIn, ...], Field(min_length=1, max_length=FINDINGS_MAX)]
    measures: Annotated[tuple[MeasureIn, ...], Field(max_length=FINDINGS_MAX)] = ()
    family_threatened: bool = False
    disagreement: bool = False
    private: vault.RiskNarrative | None = None
    family: vault.FamilyRisk | None = None


class DecisionIn(Body):
    """The person's own decision, documented."""

    private: vault.Decision


@router.post("/risk", operation_id="sign_joint_risk")
async def sign_joint_risk(
    case: UUID, return_id: UUID, body: RiskIn, edge: EdgeDep
) -> queries.ReturnFileView:
    """Sign the joint risk assessment for the acting organisation's country."""
    asked = command(
        edge,
        ask.SignJointRisk,
        return_id,
        assessment=AssessmentId(edge.new_id("assessment")),
        findings=tuple(Finding(**dict(each)) for each in body.findings),
        measures=tuple(_measure(edge, each) for each in body.measures),
        family_threatened=body.family_threatened,
        disagreement=body.disagreement,
        valid_until=Due.of(rules(edge).due("risk", "joint_days", edge.now)),
    )
    country = edge.principal.country
    parts = [Part("risk", body.private, country), Part("family-risk", body.family, country)]
    return await act(edge, case, asked, parts)


@router.post("/decision", operation_id="record_decision")
async def record_decision(
    case: UUID, return_id: UUID, body: DecisionIn, edge: EdgeDep
) -> queries.ReturnFileView:
    """Record the person's decision to go to a protected place despite high risk."""
    document = DocumentId(edge.new_id("document"))
    asked = command(edge, ask.RecordDecision, return_id, document=document)
    return await act(edge, case, asked, [Part("decision", body.private)])


def _measure(edge: Edge, given: MeasureIn) -> Measure:
    return Measure(
        subject=given.subject,
        dimension=given.dimension,
        owner=known_organisation(edge, given.owner),
        residual=given.residual,
    )
