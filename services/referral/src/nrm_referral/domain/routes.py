"""The next route: what the sender of a lost referral still has to do, with a date."""

from dataclasses import replace

from nrm_contracts.codes import Overdue
from nrm_contracts.ids import ReferralId
from nrm_referral.domain import commands as ask
from nrm_referral.domain import events as fact
from nrm_referral.domain.guards import organisation, out_of_order
from nrm_referral.domain.states import (
    BackedOut,
    Declined,
    Opened,
    Referral,
    Route,
    TimedOut,
)
from nrm_referral.domain.values import Watch
from nrm_runtime.core import FallDue, Refused


def take(case: Opened, state: Referral, command: ask.TakeNextRoute) -> tuple[fact.CaseEvent, ...]:
    """Settle what follows a lost referral; once settled, a second time has no effect."""
    if not isinstance(state, Declined | TimedOut | BackedOut):
        raise out_of_order(state, command)
    acting, terms = organisation(command), state.terms
    if acting not in {terms.sender, case.custodian}:
        raise Refused("not-the-sender", "Only the sender or the custodian may do this.")
    route = case.routes.get(command.referral)
    if route is None:
        return ()
    return (
        fact.NextRouteTaken(
            at=command.at, referral=command.referral, organisation=route.organisation
        ),
    )


def fall_due(referral: ReferralId, route: Route, command: FallDue) -> tuple[fact.CaseEvent, ...]:
    """The next route is overdue: told again and again until somebody takes it."""
    return (
        fact.ReferralEscalated(
            at=command.at,
            referral=referral,
            what=Overdue.NEXT_ROUTE,
            responsible=route.organisation,
            times=route.watch.times + 1,
        ),
    )


def opened(case: Opened, event: fact.LostEvent) -> Opened:
    """Give the case with the task that a lost referral leaves behind."""
    terms = case.referrals[event.referral].terms
    route = Route(
        organisation=event.sender,
        kind=terms.kind,
        pace=terms.pace,
        watch=Watch(first=event.next_route_by),
    )
    return replace(case, routes={**case.routes, event.referral: route})


def escalated(case: Opened, event: fact.ReferralEscalated) -> Opened:
    """Give the case with one more telling counted."""
    route = case.routes[event.referral]
    told = replace(route, watch=route.watch.told())
    return replace(case, routes={**case.routes, event.referral: told})


def passed(case: Opened, event: fact.ReferralPassed) -> Opened:
    """Give the case with the new custodian in charge of a lost shared need."""
    route = case.routes.get(event.referral)
    if route is None:
        return case
    changed = replace(route, organisation=event.sender)
    return replace(case, routes={**case.routes, event.referral: changed})


def taken(case: Opened, event: fact.NextRouteTaken) -> Opened:
    """Give the case without the settled task."""
    left = {one: route for one, route in case.routes.items() if one != event.referral}
    return replace(case, routes=left)
