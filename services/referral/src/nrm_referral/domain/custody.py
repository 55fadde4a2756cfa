"""Custody moves with the second confirmation of a transfer, and takes open matters along."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from nrm_contracts.codes import YesNo
from nrm_contracts.consent_codes import ReferralKind
from nrm_referral.domain import events as fact
from nrm_referral.domain.guards import unfinished
from nrm_referral.domain.states import Opened, Tenure
from nrm_referral.domain.values import Terms


def moved(
    case: Opened, terms: Terms, keeps_assistance: YesNo, at: datetime
) -> tuple[fact.CaseEvent, ...]:
    """The receiver of a transfer answers for the case from now on.

    Shared referrals of the former custodian stay with it if it goes on assisting, else pass on.
    Lost transfers need no next route any more.
    """
    return (
        fact.CustodyMoved(
            at=at,
            referral=terms.referral,
            sender=terms.sender,
            receiver=terms.receiver,
            country=terms.receiver_country,
            agency=terms.receiver_agency,
        ),
        *(() if keeps_assistance is YesNo.YES else _passed(case, terms, at)),
        *_routes_over(case, at),
    )


def _passed(case: Opened, terms: Terms, at: datetime) -> Iterator[fact.CaseEvent]:
    """Shared needs that are still open, or that were lost and wait for their next route."""
    shared = ReferralKind.SHARED_ASSISTANCE
    still_open = [one.terms for one in unfinished(case)]
    lost = [case.referrals[one].terms for one in case.routes]
    for need in (*still_open, *lost):
        if need.kind is shared and need.sender == terms.sender and need.receiver != terms.receiver:
            yield fact.ReferralPassed(
                at=at, referral=need.referral, former=terms.sender, sender=terms.receiver
            )


def _routes_over(case: Opened, at: datetime) -> Iterator[fact.CaseEvent]:
    for referral, route in case.routes.items():
        if route.kind is ReferralKind.TRANSFER_OF_CUSTODY:
            yield fact.NextRouteTaken(at=at, referral=referral, organisation=route.organisation)


def evolve(case: Opened, event: fact.CustodyMoved) -> Opened:
    """Give the case with its new custodian; an agency that was told stays told."""
    agencies = case.agencies if event.agency is None else case.agencies | {event.agency}
    return replace(
        case,
        custody=(
            *case.custody,
            Tenure(custodian=event.receiver, since=event.at, referral=event.referral),
        ),
        country=event.country,
        agency=case.agency if event.agency is None else event.agency,
        agencies=agencies,
    )
