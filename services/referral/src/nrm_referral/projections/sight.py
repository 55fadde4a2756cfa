"""Who may see which row: the custodian and the agencies, and each party what concerns it."""

from uuid import UUID

from nrm_contracts.ids import ConsentId, OrganisationId, OverrideId
from nrm_referral.domain.guards import involved
from nrm_referral.domain.states import Closed, Opened, Referral, Reopened, Route


def overseers(case: Opened) -> frozenset[OrganisationId]:
    """Give the custodian and every national agency that was told."""
    return case.agencies | {case.custodian}


def of_case(case: Opened) -> list[UUID]:
    """Give who sees the case: also receivers that accepted, and who receives hearing notices."""
    seen = set(involved(case) | overseers(case))
    if isinstance(case.life, Closed | Reopened) and case.life.hearing_notices_to is not None:
        seen.add(case.life.hearing_notices_to)
    return _listed(seen)


def of_tenure(case: Opened, custodian: OrganisationId) -> list[UUID]:
    """Give who sees a tenure: a former custodian sees its own and no later one."""
    return _listed(overseers(case) | {custodian})


def of_links(case: Opened) -> list[UUID]:
    """Give who sees which cases belong together."""
    return _listed(overseers(case))


def of_consent(case: Opened, consent: ConsentId) -> list[UUID]:
    """Give who sees a consent: who recorded it, who received by it, who is offered on it."""
    state = case.consents[consent]
    offered = {
        one.terms.receiver for one in case.referrals.values() if one.terms.ground.consent == consent
    }
    return _listed({case.custodian, state.given.organisation, *state.received, *offered})


def of_override(case: Opened, override: OverrideId) -> list[UUID]:
    """Give who sees a disclosure on a legal ground; never its recipient as such."""
    given = case.overrides[override].given
    return _listed(overseers(case) | {given.organisation})


def of_referral(case: Opened, state: Referral) -> list[UUID]:
    """Give who sees a referral: both sides, custodian and agencies."""
    return _listed(overseers(case) | {state.terms.sender, state.terms.receiver})


def of_task(case: Opened, route: Route) -> list[UUID]:
    """Give who sees the task of a lost referral."""
    return _listed({case.custodian, route.organisation})


def of_disclosure(case: Opened, organisation: OrganisationId) -> list[UUID]:
    """Give who sees that something was disclosed."""
    return _listed(overseers(case) | {organisation})


def _listed(seen: set[OrganisationId] | frozenset[OrganisationId]) -> list[UUID]:
    return sorted(seen)
