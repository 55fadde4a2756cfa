"""Doors for victim status: signs, age, rights, decisions."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from nrm_contracts.codes import (
    AgeBand,
    GroundsReason,
    IndicatorAnswer,
    IndicatorList,
    NotConfirmedReason,
    ReopeningReason,
    RightsAid,
)
from nrm_contracts.contract import LanguageCode
from nrm_contracts.indicators import indicator_set
from nrm_contracts.profiles import profile
from nrm_identification import queries
from nrm_identification.api.common import Body, act, directory
from nrm_identification.documents import Indicators, Reasoning
from nrm_identification.domain import commands as ask
from nrm_identification.domain.indicators import Sign, assess
from nrm_runtime.web.edge import Edge, EdgeDep
from nrm_runtime.web.problems import Problem, absent
from nrm_runtime.web.route import CommandRoute

router = APIRouter(route_class=CommandRoute, tags=["status"])


class IndicatorsIn(Body):
    """Answers by code of the indicator; those left out count as unknown."""

    indicators: IndicatorList
    answers: Annotated[dict[str, IndicatorAnswer], Field(min_length=1, max_length=200)]


class AgeIn(Body):
    """The decision on age, with its reasoning in the vault."""

    age: AgeBand
    private: Reasoning | None = None


class RightsIn(Body):
    """What was explained, in which language, with which aid."""

    language: LanguageCode
    aid: RightsAid


class PresumptionIn(Body):
    """The decision on reasonable grounds; reasoning is needed against the indicators."""

    reasons: Annotated[frozenset[GroundsReason], Field(min_length=1)]
    private: Reasoning | None = None


class IdentificationIn(Body):
    """The formal decision, whose reasons go into the vault."""

    private: Reasoning


class NotConfirmedIn(Body):
    """The decision that grounds were not met."""

    reason: NotConfirmedReason
    private: Reasoning


class ReopeningIn(Body):
    """Why identification is taken up again."""

    reason: ReopeningReason


async def _country(edge: Edge, case: UUID) -> str:
    view = await queries.case(edge.tx, case, edge.principal)
    if view is None:
        raise absent()
    return view.country


@router.post("/cases/{case}/potential", operation_id="find_potential")
async def find_potential(case: UUID, edge: EdgeDep) -> queries.CaseView:
    """Say that there are signs."""
    return await act(edge, case, ask.FindPotential(id=edge.command_id, by=edge.by, at=edge.now))


@router.post("/cases/{case}/indicators", operation_id="record_indicators")
async def record_indicators(case: UUID, body: IndicatorsIn, edge: EdgeDep) -> queries.CaseView:
    """Go through a list of indicators; the outcome is advice."""
    view = await queries.case(edge.tx, case, edge.principal)
    if view is None:
        raise absent()
    listed = indicator_set(body.indicators)
    signs = {one.code: Sign(one.dimension, one.weight) for one in listed.indicators}
    if not body.answers.keys() <= signs.keys():
        raise Problem(422, "unknown-indicator", "An answer is not of this list.")
    advice = assess(signs, body.answers, is_child=view.age != AgeBand.ADULT)
    command = ask.RecordIndicators(
        id=edge.command_id,
        by=edge.by,
        at=edge.now,
        indicators=body.indicators,
        list_version=listed.version,
        outcome=advice.outcome,
    )
    answers = Indicators(answers=body.answers)
    return await act(edge, case, command, [("indicators", answers)])


@router.get("/cases/{case}/indicators", operation_id="list_indicators")
async def list_indicators(case: UUID, edge: EdgeDep) -> list[queries.IndicatorView]:
    """List the outcomes of every list gone through."""
    if not await queries.sees(edge.tx, case, edge.principal):
        raise absent()
    return list(await queries.indicator_results(edge.tx, case, edge.principal))


@router.post("/cases/{case}/age", operation_id="assess_age")
async def assess_age(case: UUID, body: AgeIn, edge: EdgeDep) -> queries.CaseView:
    """Decide on age; until then the person is treated as a child."""
    command = ask.AssessAge(id=edge.command_id, by=edge.by, at=edge.now, age=body.age)
    return await act(edge, case, command, [("reasoning", body.private)])


@router.post("/cases/{case}/rights", operation_id="inform_rights")
async def inform_rights(case: UUID, body: RightsIn, edge: EdgeDep) -> queries.CaseView:
    """Record that rights were explained."""
    command = ask.InformRights(
        id=edge.command_id, by=edge.by, at=edge.now, language=body.language, aid=body.aid
    )
    return await act(edge, case, command)


@router.post("/cases/{case}/presumption", operation_id="presume")
async def presume(case: UUID, body: PresumptionIn, edge: EdgeDep) -> queries.CaseView:
    """Decide that there are reasonable grounds."""
    rules = profile(await _country(edge, case))
    known = directory(edge)
    told = {known.agency(rules.country)} - {None, edge.principal.organisation}
    command = ask.Presume(
        id=edge.command_id,
        by=edge.by,
        at=edge.now,
        reasons=body.reasons,
        justified=body.private is not None,
        entitled=frozenset(rules.codes("identification", "who_can_presume")),
        notify=frozenset(one for one in told if one is not None),
        country=rules.country,
        profile=rules.ref,
    )
    return await act(edge, case, command, [("reasoning", body.private)])


@router.post("/cases/{case}/identification", operation_id="identify")
async def identify(case: UUID, body: IdentificationIn, edge: EdgeDep) -> queries.CaseView:
    """Decide formally."""
    rules = profile(await _country(edge, case))
    command = ask.Identify(
        id=edge.command_id,
        by=edge.by,
        at=edge.now,
        decision=edge.new_id("decision"),
        entitled=frozenset(rules.codes("identification", "who_can_identify")),
        country=rules.country,
        profile=rules.ref,
    )
    return await act(edge, case, command, [("reasoning", body.private)])


@router.post("/cases/{case}/non-confirmation", operation_id="do_not_confirm")
async def do_not_confirm(case: UUID, body: NotConfirmedIn, edge: EdgeDep) -> queries.CaseView:
    """Decide that the grounds were not met; this closes nothing."""
    rules = profile(await _country(edge, case))
    command = ask.DoNotConfirm(
        id=edge.command_id,
        by=edge.by,
        at=edge.now,
        reason=body.reason,
        entitled=frozenset(rules.codes("identification", "who_can_identify")),
        country=rules.country,
        profile=rules.ref,
    )
    return await act(edge, case, command, [("reasoning", body.private)])


@router.post("/cases/{case}/self-withdrawal", operation_id="withdraw_self")
async def withdraw_self(case: UUID, edge: EdgeDep) -> queries.CaseView:
    """Record that the person wants no identification."""
    return await act(edge, case, ask.WithdrawSelf(id=edge.command_id, by=edge.by, at=edge.now))


@router.post("/cases/{case}/reopening", operation_id="reopen_identification")
async def reopen_identification(case: UUID, body: ReopeningIn, edge: EdgeDep) -> queries.CaseView:
    """Take a negative or withdrawn identification up again."""
    command = ask.ReopenIdentification(
        id=edge.command_id, by=edge.by, at=edge.now, reason=body.reason
    )
    return await act(edge, case, command)
