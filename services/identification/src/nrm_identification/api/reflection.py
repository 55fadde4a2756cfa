"""Doors for the recovery and reflection period, under the profile of the acting country."""

from uuid import UUID

from fastapi import APIRouter

from nrm_contracts.codes import ReflectionEnd, ReflectionExemption
from nrm_contracts.profiles import CountryProfile, profile
from nrm_contracts.profiles.model import Unit
from nrm_identification import queries
from nrm_identification.api.common import Body, act
from nrm_identification.domain import commands as ask
from nrm_runtime.core import Due
from nrm_runtime.web.edge import Edge, EdgeDep
from nrm_runtime.web.problems import Problem, absent
from nrm_runtime.web.route import CommandRoute

router = APIRouter(route_class=CommandRoute, prefix="/cases/{case}/reflection", tags=["reflection"])


class OfferIn(Body):
    """Whether the person is a national of the country that offers."""

    own_national: bool


class ExemptionIn(Body):
    """Why no period applies."""

    reason: ReflectionExemption


class EndIn(Body):
    """How the period ends before its time."""

    how: ReflectionEnd


def _rules(edge: Edge) -> CountryProfile:
    return profile(edge.principal.country)


@router.post("/offer", operation_id="offer_reflection")
async def offer_reflection(case: UUID, body: OfferIn, edge: EdgeDep) -> queries.CaseView:
    """Offer a period (CETS 197 art. 13)."""
    rules = _rules(edge)
    command = ask.OfferReflection(
        id=edge.command_id,
        by=edge.by,
        at=edge.now,
        country=rules.country,
        profile=rules.ref,
        own_national=body.own_national,
        foreigners_only="foreigners" in rules.codes("reflection", "applies_to"),
        for_children=rules.flag("reflection", "minors"),
        starts_on=frozenset(rules.codes("reflection", "starts_on")),
    )
    return await act(edge, case, command)


@router.post("/exempt", operation_id="exempt_from_reflection")
async def exempt_from_reflection(case: UUID, body: ExemptionIn, edge: EdgeDep) -> queries.CaseView:
    """Record that no period applies, and why."""
    rules = _rules(edge)
    command = ask.ExemptFromReflection(
        id=edge.command_id,
        by=edge.by,
        at=edge.now,
        reason=body.reason,
        country=rules.country,
        profile=rules.ref,
    )
    return await act(edge, case, command)


@router.post("/decline", operation_id="decline_reflection")
async def decline_reflection(case: UUID, edge: EdgeDep) -> queries.CaseView:
    """Record that the person declines."""
    command = ask.DeclineReflection(id=edge.command_id, by=edge.by, at=edge.now)
    return await act(edge, case, command)


@router.post("/start", operation_id="start_reflection")
async def start_reflection(case: UUID, edge: EdgeDep) -> queries.CaseView:
    """Start the period; its end is computed now and never again."""
    ends = Due.of(_rules(edge).due("reflection", "days", edge.now))
    command = ask.StartReflection(id=edge.command_id, by=edge.by, at=edge.now, ends=ends)
    return await act(edge, case, command)


@router.post("/extend", operation_id="extend_reflection")
async def extend_reflection(case: UUID, edge: EdgeDep) -> queries.CaseView:
    """Extend a running period by what the profile allows."""
    rules = _rules(edge)
    view = await queries.case(edge.tx, case, edge.principal)
    if view is None:
        raise absent()
    if view.reflection_began_at is None or view.reflection_ends_by is None:
        raise Problem(409, "out-of-order", "No period runs.")
    days = rules.number("reflection", "extension_days")
    command = ask.ExtendReflection(
        id=edge.command_id,
        by=edge.by,
        at=edge.now,
        allowed=rules.flag("reflection", "extendable"),
        ends=Due.of(rules.after(days, Unit.DAYS, view.reflection_ends_by)),
        latest=Due.of(rules.due("reflection", "max_days", view.reflection_began_at)),
    )
    return await act(edge, case, command)


@router.post("/end", operation_id="end_reflection")
async def end_reflection(case: UUID, body: EndIn, edge: EdgeDep) -> queries.CaseView:
    """End a running period before its time."""
    command = ask.EndReflection(
        id=edge.command_id,
        by=edge.by,
        at=edge.now,
        how=body.how,
        revocable=_rules(edge).flag("reflection", "revocable"),
    )
    return await act(edge, case, command)
