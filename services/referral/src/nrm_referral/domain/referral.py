"""One referral: its answers, its dates, and the hand-off that both sides confirm.

Offered -> Delivered -> Acknowledged      (each may be skipped)
   any of them -> Accepted | Declined | TimedOut
Accepted -> (both confirm) -> Handed -> Done
Accepted -> BackedOut ; anything before Handed -> TakenBack
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from nrm_contracts.codes import YesNo
from nrm_contracts.consent_codes import Outcome, ReferralKind, WithdrawnBy
from nrm_contracts.ids import OrganisationId, ReferralId
from nrm_referral.domain import commands as ask
from nrm_referral.domain import custody
from nrm_referral.domain import events as fact
from nrm_referral.domain.guards import (
    grounded,
    of_terms,
    organisation,
    out_of_order,
    unblocked,
)
from nrm_referral.domain.moves import backed_out, declined, withdrawn
from nrm_referral.domain.states import (
    Accepted,
    Acknowledged,
    Arrived,
    BackedOut,
    Declined,
    Delivered,
    Done,
    Handed,
    Offered,
    Opened,
    Planned,
    Referral,
    TakenBack,
    TimedOut,
    Waiting,
)
from nrm_referral.domain.values import Terms, Watch, later
from nrm_runtime.core import Command, Due, FallDue, Refused, Worker

_ANSWERS: frozenset[type[Command]] = frozenset(
    {
        ask.NoteDelivery,
        ask.AcknowledgeOffer,
        ask.AcceptReferral,
        ask.DeclineReferral,
        ask.WithdrawReferral,
        FallDue,
    }
)
_QUIET: frozenset[type[Command]] = frozenset({ask.NoteDelivery})

ALLOWED: Mapping[type[object], frozenset[type[Command]]] = {
    Offered: _ANSWERS,
    Delivered: _ANSWERS,
    Acknowledged: _ANSWERS,
    Accepted: _QUIET
    | {
        ask.ConfirmHandOff,
        ask.RescheduleHandOff,
        ask.BackOut,
        ask.WithdrawReferral,
        ask.ReleasePacket,
        FallDue,
    },
    Handed: _QUIET | {ask.FinishReferral, ask.ReleasePacket},
    Declined: _QUIET | {ask.TakeNextRoute, FallDue},
    TimedOut: _QUIET | {ask.TakeNextRoute, FallDue},
    BackedOut: _QUIET | {ask.TakeNextRoute, FallDue},
    TakenBack: _QUIET,
    Done: _QUIET,
}


def delivered(state: Referral, command: ask.NoteDelivery) -> tuple[fact.CaseEvent, ...]:
    """Note that the receiver's side has the offer; later or somebody else's fetch is no news."""
    if not isinstance(state, Offered):
        return ()
    if isinstance(command.by, Worker) and command.by.organisation != state.terms.receiver:
        return ()
    return (
        fact.ReferralDelivered(
            at=command.at,
            referral=command.referral,
            receiver=state.terms.receiver,
            way=command.way,
        ),
    )


def acknowledge(state: Referral, command: ask.AcknowledgeOffer) -> tuple[fact.CaseEvent, ...]:
    """The receiver has seen it; a second time has no effect."""
    waiting = _for_receiver(state, command)
    if isinstance(waiting, Acknowledged):
        return ()
    return (
        fact.ReferralAcknowledged(
            at=command.at,
            referral=command.referral,
            receiver=waiting.terms.receiver,
            answer_by=waiting.terms.answer_by,
        ),
    )


def accept(
    case: Opened, state: Referral, command: ask.AcceptReferral
) -> tuple[fact.CaseEvent, ...]:
    """Take it: in time, with a place, and on a ground that holds now."""
    terms = _for_receiver(state, command).terms
    disclosed = of_terms(terms)
    grounded(case, terms.ground, disclosed, command.at)
    unblocked(case, disclosed, command.at)
    if terms.takes_a_place and command.free is not None and command.free <= 0:
        raise Refused("no-places", "No place is free.")
    if command.agreed_at is not None and command.agreed_at < command.at:
        raise Refused("date-past", "The agreed date lies in the past.")
    agreed_at, confirm_by = _agreed(case, terms, command)
    return (
        fact.ReferralAccepted(
            at=command.at,
            terms=terms,
            offer=command.offer,
            agreed_at=agreed_at,
            confirm_by=confirm_by,
            confirm_hours=command.confirm_hours,
        ),
    )


def _agreed(case: Opened, terms: Terms, command: ask.AcceptReferral) -> tuple[datetime | None, Due]:
    """The itinerary's arrival, where it is known, is the agreed date of a linked referral."""
    journey = None if terms.linked_return is None else case.returns.get(terms.linked_return)
    if isinstance(journey, Planned):
        arrival = journey.arrives_at
        return arrival, later(arrival, command.confirm_hours, command.confirm_by.profile)
    return command.agreed_at, command.confirm_by


def decline(state: Referral, command: ask.DeclineReferral) -> tuple[fact.CaseEvent, ...]:
    """Say no, with a reason."""
    return declined(_for_receiver(state, command).terms, command.at, command.reason)


def take_back(
    case: Opened, state: Referral, command: ask.WithdrawReferral
) -> tuple[fact.CaseEvent, ...]:
    """Withdraw on the sender's word, or on the person's, whoever of the parties heard it."""
    if not isinstance(state, Offered | Delivered | Acknowledged | Accepted):
        raise out_of_order(state, command)
    acting, terms = organisation(command), state.terms
    match command.on_word_of:
        case WithdrawnBy.SENDER if acting not in {terms.sender, case.custodian}:
            raise Refused("not-the-sender", "Only the sender or the custodian may withdraw.")
        case WithdrawnBy.PERSON if acting not in {terms.sender, case.custodian, terms.receiver}:
            raise Refused("not-a-party", "Only a party of the referral may do this.")
        case WithdrawnBy.RETURN:
            raise Refused("not-the-sender", "Only the return itself may say that it ended.")
        case _:
            pass
    if command.on_word_of is WithdrawnBy.SENDER and isinstance(state, Accepted) and state.confirmed:
        raise Refused("already-confirmed", "One side confirmed the hand-off already.")
    return withdrawn(terms, command.at, command.on_word_of, command.reason)


def back_out(state: Referral, command: ask.BackOut) -> tuple[fact.CaseEvent, ...]:
    """The receiver cannot keep its word; not after it confirmed that the person came."""
    if not isinstance(state, Accepted):
        raise out_of_order(state, command)
    acting = organisation(command)
    if acting != state.terms.receiver:
        raise Refused("not-the-receiver", "Only the organisation that accepted may back out.")
    if acting in state.confirmed:
        raise Refused("already-confirmed", "The receiver confirmed the hand-off already.")
    return backed_out(state.terms, command.at, command.reason)


def reschedule(state: Referral, command: ask.RescheduleHandOff) -> tuple[fact.CaseEvent, ...]:
    """Move the agreed date."""
    if not isinstance(state, Accepted):
        raise out_of_order(state, command)
    _side(state.terms, command)
    if command.agreed_at < command.at:
        raise Refused("date-past", "The agreed date lies in the past.")
    return (
        fact.HandOffRescheduled(
            at=command.at,
            referral=command.referral,
            agreed_at=command.agreed_at,
            confirm_by=command.confirm_by,
        ),
    )


def confirm(
    case: Opened, state: Referral, command: ask.ConfirmHandOff
) -> tuple[fact.CaseEvent, ...]:
    """Confirm as one side; when both have, the case or the need has moved."""
    if not isinstance(state, Accepted):
        raise out_of_order(state, command)
    terms = state.terms
    acting = _side(terms, command)
    if acting in state.confirmed:
        raise Refused("already-confirmed", "This side has confirmed already.")
    if terms.linked_return is not None and not isinstance(
        case.returns.get(terms.linked_return), Arrived
    ):
        raise Refused("return-not-arrived", "Nobody has confirmed the arrival yet.")
    by_sender = acting == terms.sender
    confirmed = fact.HandOffConfirmed(
        at=command.at,
        referral=command.referral,
        organisation=acting,
        accompanied=command.accompanied,
        keeps_assistance=command.keeps_assistance if by_sender else YesNo.NO,
    )
    if not state.confirmed | {acting} >= {terms.sender, terms.receiver}:
        return (confirmed,)
    keeps = command.keeps_assistance if by_sender else state.keeps_assistance
    handed = fact.HandedOver(at=command.at, terms=terms)
    if terms.kind is ReferralKind.SHARED_ASSISTANCE:
        return (confirmed, handed)
    return (confirmed, handed, *custody.moved(case, terms, keeps, command.at))


def finish(
    case: Opened, state: Referral, command: ask.FinishReferral
) -> tuple[fact.CaseEvent, ...]:
    """Say how it ended; the receiver does, or the custodian where the receiver does not."""
    if not isinstance(state, Handed):
        raise out_of_order(state, command)
    if organisation(command) not in {state.terms.receiver, case.custodian}:
        raise Refused("not-a-party", "Only the receiver or the custodian may do this.")
    if (command.outcome is Outcome.NOT_SUCCESSFUL) == (command.reason is None):
        raise Refused("reason-missing", "A reason belongs to an end without success, only.")
    return (
        fact.ReferralDone(
            at=command.at,
            referral=command.referral,
            receiver=state.terms.receiver,
            outcome=command.outcome,
            reason=command.reason,
        ),
    )


def _for_receiver(state: Referral, command: Command) -> Waiting:
    """Give an offer that still waits for its receiver's answer.

    Refuses `not-the-receiver`; `answered-too-late` from the deadline on, also before the
    deadline's own event was recorded.
    """
    if not isinstance(state, Offered | Delivered | Acknowledged | TimedOut):
        raise out_of_order(state, command)
    if organisation(command) != state.terms.receiver:
        raise Refused("not-the-receiver", "Only the organisation asked may answer.")
    if isinstance(state, TimedOut) or command.at >= state.terms.answer_by.at:
        raise Refused("answered-too-late", "The time to answer is over; the sender offers again.")
    return state


def _side(terms: Terms, command: Command) -> OrganisationId:
    acting = organisation(command)
    if acting not in {terms.sender, terms.receiver}:
        raise Refused("not-a-party", "Only sender and receiver may do this.")
    return acting


def referral_of(event: fact.MoveEvent) -> ReferralId:
    """Give the referral that a move is about."""
    if isinstance(event, fact.ReferralOffered | fact.ReferralAccepted | fact.HandedOver):
        return event.terms.referral
    return event.referral


def evolve(state: Referral | None, event: fact.MoveEvent) -> Referral:
    """Give the referral after a fact; there is none before the offer."""
    if isinstance(event, fact.ReferralOffered):
        return Offered(terms=event.terms, watch=Watch(first=event.terms.acknowledge_by))
    assert state is not None
    match event:
        case fact.ReferralDelivered():
            assert isinstance(state, Offered)
            return Delivered(terms=state.terms, watch=state.watch)
        case fact.ReferralAcknowledged():
            return Acknowledged(terms=state.terms)
        case fact.ReferralAccepted(confirm_by=confirm_by, confirm_hours=hours):
            return Accepted(
                terms=state.terms,
                watch=Watch(first=confirm_by),
                confirm_hours=hours,
                confirmed=frozenset(),
                keeps_assistance=YesNo.NO,
            )
        case fact.ReferralDeclined():
            return Declined(terms=state.terms)
        case fact.ReferralBackedOut():
            return BackedOut(terms=state.terms)
        case fact.ReferralWithdrawn():
            return TakenBack(terms=state.terms)
        case fact.ReferralTimedOut():
            return TimedOut(terms=state.terms)
        case fact.ReferralEscalated():
            return _escalated(state)
        case fact.HandOffRescheduled(confirm_by=confirm_by):
            assert isinstance(state, Accepted)
            return replace(state, watch=state.watch.moved(confirm_by))
        case fact.HandOffConfirmed():
            return _confirmed(state, event)
        case fact.HandedOver():
            return Handed(terms=state.terms)
        case fact.ReferralPassed():
            return _passed(state, event)
        case fact.ReferralDone(outcome=outcome):
            return Done(terms=state.terms, outcome=outcome)
        case _:
            assert_never(event)


def _escalated(state: Referral) -> Referral:
    """An overdue next route is counted with the route, not here."""
    if isinstance(state, Offered | Delivered | Accepted):
        return replace(state, watch=state.watch.told())
    return state


def _passed(state: Referral, event: fact.ReferralPassed) -> Referral:
    """The new sender confirms for itself."""
    terms = replace(state.terms, sender=event.sender)
    if isinstance(state, Accepted):
        return replace(state, terms=terms, confirmed=state.confirmed - {event.former})
    return replace(state, terms=terms)


def _confirmed(state: Referral, event: fact.HandOffConfirmed) -> Accepted:
    assert isinstance(state, Accepted)
    keeps = (
        event.keeps_assistance
        if event.organisation == state.terms.sender
        else state.keeps_assistance
    )
    return replace(state, confirmed=state.confirmed | {event.organisation}, keeps_assistance=keeps)
