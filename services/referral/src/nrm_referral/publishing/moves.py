"""What is told of referrals: offers, answers, hand-offs, packets."""

from typing import assert_never

from nrm_contracts import referral as told
from nrm_contracts.contract import Contract
from nrm_referral.domain import events as fact


def tell_move(event: fact.MoveEvent) -> Contract:
    """Tell each step of a referral."""
    match event:
        case fact.ReferralOffered():
            return _offered(event)
        case fact.ReferralDelivered():
            return told.ReferralDelivered(
                referral=event.referral, receiver=event.receiver, way=event.way
            )
        case fact.ReferralAcknowledged():
            return told.ReferralAcknowledged(
                referral=event.referral,
                receiver=event.receiver,
                answer_by=event.answer_by.at,
            )
        case fact.ReferralAccepted():
            return _accepted(event)
        case fact.ReferralDeclined() | fact.ReferralBackedOut() | fact.ReferralTimedOut():
            return _lost(event)
        case fact.ReferralWithdrawn():
            return told.ReferralWithdrawn(
                referral=event.referral,
                sender=event.sender,
                receiver=event.receiver,
                by=event.on_word_of,
                reason=event.reason,
                linked_return=event.linked_return,
            )
        case fact.ReferralEscalated():
            return told.ReferralEscalated(
                referral=event.referral,
                what=event.what,
                responsible=event.responsible,
                times=event.times,
            )
        case _:
            return _tell_hand_off(event)


def _tell_hand_off(
    event: fact.HandOffRescheduled
    | fact.HandOffConfirmed
    | fact.HandedOver
    | fact.ReferralPassed
    | fact.ReferralDone,
) -> Contract:
    match event:
        case fact.HandOffRescheduled():
            return told.HandOffRescheduled(
                referral=event.referral,
                agreed_at=event.agreed_at,
                confirm_by=event.confirm_by.at,
                profile=event.confirm_by.profile,
                calendar=event.confirm_by.calendar,
            )
        case fact.HandOffConfirmed():
            return told.HandOffConfirmed(
                referral=event.referral,
                organisation=event.organisation,
                accompanied=event.accompanied,
            )
        case fact.HandedOver():
            terms = event.terms
            return told.HandedOver(
                referral=terms.referral,
                kind=terms.kind,
                sender=terms.sender,
                receiver=terms.receiver,
                needs=tuple(terms.needs),
                linked_return=terms.linked_return,
            )
        case fact.ReferralPassed():
            return told.ReferralPassed(
                referral=event.referral, former=event.former, sender=event.sender
            )
        case fact.ReferralDone():
            return told.ReferralDone(
                referral=event.referral,
                receiver=event.receiver,
                outcome=event.outcome,
                reason=event.reason,
            )
        case _:
            assert_never(event)


def _offered(event: fact.ReferralOffered) -> Contract:
    terms = event.terms
    return told.ReferralOffered(
        referral=terms.referral,
        kind=terms.kind,
        sender=terms.sender,
        receiver=terms.receiver,
        needs=tuple(terms.needs),
        purpose=terms.purpose,
        categories=tuple(terms.categories),
        basis=terms.ground.basis,
        consent=terms.ground.consent,
        override=terms.ground.override,
        ground=terms.ground.legal,
        blocked=tuple(terms.blocked),
        urgent=terms.urgent,
        acknowledge_by=terms.acknowledge_by.at,
        answer_by=terms.answer_by.at,
        linked_return=terms.linked_return,
        country=terms.country,
        profile=terms.answer_by.profile,
        calendar=terms.answer_by.calendar,
    )


def _accepted(event: fact.ReferralAccepted) -> Contract:
    terms = event.terms
    return told.ReferralAccepted(
        referral=terms.referral,
        kind=terms.kind,
        sender=terms.sender,
        receiver=terms.receiver,
        needs=tuple(terms.needs),
        purpose=terms.purpose,
        basis=terms.ground.basis,
        consent=terms.ground.consent,
        override=terms.ground.override,
        offer=event.offer,
        agreed_at=event.agreed_at,
        confirm_by=event.confirm_by.at,
        linked_return=terms.linked_return,
        profile=event.confirm_by.profile,
        calendar=event.confirm_by.calendar,
    )


def _lost(event: fact.LostEvent) -> Contract:
    match event:
        case fact.ReferralDeclined():
            return told.ReferralDeclined(
                referral=event.referral,
                sender=event.sender,
                receiver=event.receiver,
                reason=event.reason,
                next_route_by=event.next_route_by.at,
                linked_return=event.linked_return,
                profile=event.next_route_by.profile,
                calendar=event.next_route_by.calendar,
            )
        case fact.ReferralBackedOut():
            return told.ReferralBackedOut(
                referral=event.referral,
                sender=event.sender,
                receiver=event.receiver,
                reason=event.reason,
                next_route_by=event.next_route_by.at,
                linked_return=event.linked_return,
                profile=event.next_route_by.profile,
                calendar=event.next_route_by.calendar,
            )
        case fact.ReferralTimedOut():
            return told.ReferralTimedOut(
                referral=event.referral,
                sender=event.sender,
                receiver=event.receiver,
                next_route_by=event.next_route_by.at,
                linked_return=event.linked_return,
                profile=event.next_route_by.profile,
                calendar=event.next_route_by.calendar,
            )
        case _:
            assert_never(event)


def packet(event: fact.PacketReleased) -> Contract:
    """Tell that a ticket was given: to whom, for which kinds of data, on what ground."""
    return told.PacketReleased(
        referral=event.referral,
        ticket=event.ticket,
        recipient=event.recipient,
        worker=event.worker,
        owner=event.owner,
        categories=tuple(event.categories),
        purpose=event.purpose,
        basis=event.ground.basis,
        consent=event.ground.consent,
        override=event.ground.override,
    )
