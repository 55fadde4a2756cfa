"""What return told of journeys, and what that means for the referrals linked to them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from nrm_contracts.consent_codes import ReferralKind, WithdrawalReason, WithdrawnBy
from nrm_contracts.ids import ReturnId
from nrm_referral.domain import commands as ask
from nrm_referral.domain import events as fact
from nrm_referral.domain.moves import withdrawn
from nrm_referral.domain.states import (
    Accepted,
    Acknowledged,
    Arrived,
    Delivered,
    Journey,
    Offered,
    Opened,
    Over,
    Planned,
    Requested,
)
from nrm_referral.domain.values import later
from nrm_runtime.core import Command

_ALL: frozenset[type[Command]] = frozenset(
    {ask.NoteReturn, ask.NoteItinerary, ask.NoteArrival, ask.NoteReturnEnd}
)
ALLOWED: Mapping[type[object], frozenset[type[Command]]] = {
    Requested: _ALL,
    Planned: _ALL,
    Arrived: _ALL,
    Over: _ALL,
}


def requested(case: Opened, command: ask.NoteReturn) -> tuple[fact.CaseEvent, ...]:
    """A journey begins to be planned; a trip to a hearing takes a transfer offered for it back."""
    if command.return_id in case.returns:
        return ()
    noted = fact.ReturnNoted(
        at=command.at,
        return_id=command.return_id,
        moves_no_custody=command.moves_no_custody,
    )
    wrong = (
        event
        for state in _waiting(case, command.return_id)
        if command.moves_no_custody and state.terms.kind is ReferralKind.TRANSFER_OF_CUSTODY
        for event in withdrawn(
            state.terms, command.at, WithdrawnBy.RETURN, WithdrawalReason.SENT_IN_ERROR
        )
    )
    return (noted, *wrong)


def planned(case: Opened, command: ask.NoteItinerary) -> tuple[fact.CaseEvent, ...]:
    """The journey's arrival becomes the agreed date of what was accepted for it."""
    if not isinstance(case.returns.get(command.return_id), Requested | Planned):
        return ()
    noted = fact.ItineraryNoted(
        at=command.at, return_id=command.return_id, arrives_at=command.arrives_at
    )
    moved = (
        fact.HandOffRescheduled(
            at=command.at,
            referral=state.terms.referral,
            agreed_at=command.arrives_at,
            confirm_by=later(command.arrives_at, state.confirm_hours, state.watch.first.profile),
        )
        for state in _waiting(case, command.return_id)
        if isinstance(state, Accepted)
    )
    return (noted, *moved)


def arrived(case: Opened, command: ask.NoteArrival) -> tuple[fact.CaseEvent, ...]:
    """The person is there: from now on the hand-off can be confirmed, and must be in time."""
    if isinstance(case.returns.get(command.return_id), Arrived | Over):
        return ()
    noted = fact.ArrivalNoted(
        at=command.at, return_id=command.return_id, arrived_at=command.arrived_at
    )
    moved = (
        fact.HandOffRescheduled(
            at=command.at,
            referral=state.terms.referral,
            agreed_at=command.arrived_at,
            confirm_by=later(command.at, state.confirm_hours, state.watch.first.profile),
        )
        for state in _waiting(case, command.return_id)
        if isinstance(state, Accepted)
    )
    return (noted, *moved)


def ended(case: Opened, command: ask.NoteReturnEnd) -> tuple[fact.CaseEvent, ...]:
    """Refused or withdrawn: what was asked for it is taken back."""
    if isinstance(case.returns.get(command.return_id), Arrived | Over):
        return ()
    taken_back = (
        event
        for state in _waiting(case, command.return_id)
        for event in withdrawn(
            state.terms, command.at, WithdrawnBy.RETURN, WithdrawalReason.RETURN_ENDED
        )
    )
    return (fact.ReturnEndNoted(at=command.at, return_id=command.return_id), *taken_back)


def _waiting(
    case: Opened, journey: ReturnId
) -> tuple[Offered | Delivered | Acknowledged | Accepted, ...]:
    return tuple(
        state
        for state in case.referrals.values()
        if isinstance(state, Offered | Delivered | Acknowledged | Accepted)
        and state.terms.linked_return == journey
    )


def evolve(case: Opened, event: fact.JourneyEvent) -> Opened:
    """Give the case after a fact about a journey."""
    before = case.returns.get(event.return_id)
    match event:
        case fact.ReturnNoted(moves_no_custody=moves_no_custody):
            after: Journey = Requested(moves_no_custody=moves_no_custody)
        case fact.ItineraryNoted(arrives_at=arrives_at):
            assert isinstance(before, Requested | Planned)
            after = Planned(moves_no_custody=before.moves_no_custody, arrives_at=arrives_at)
        case fact.ArrivalNoted():
            after = Arrived()
        case fact.ReturnEndNoted():
            after = Over()
        case _:
            assert_never(event)
    return replace(case, returns={**case.returns, event.return_id: after})
