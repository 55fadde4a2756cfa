"""What follows when a referral is lost or taken back; the same wherever it happens."""

from datetime import datetime

from nrm_contracts.consent_codes import (
    BackOutReason,
    DeclineReason,
    LossReason,
    WithdrawalReason,
    WithdrawnBy,
)
from nrm_referral.domain import events as fact
from nrm_referral.domain.values import Terms, later
from nrm_runtime.core import Due


def next_route(terms: Terms, at: datetime) -> Due:
    """Give the deadline of the sender's next route, by the sender's country profile."""
    return later(at, terms.pace.next_route_hours, terms.pace.profile)


def declined(terms: Terms, at: datetime, reason: DeclineReason) -> tuple[fact.CaseEvent, ...]:
    """The receiver said no: custody stays, the sender must find another way."""
    return (
        fact.ReferralDeclined(
            at=at,
            referral=terms.referral,
            sender=terms.sender,
            receiver=terms.receiver,
            reason=reason,
            next_route_by=next_route(terms, at),
            linked_return=terms.linked_return,
        ),
        *_receiver_lost(terms, at, LossReason.DECLINED),
    )


def backed_out(terms: Terms, at: datetime, reason: BackOutReason) -> tuple[fact.CaseEvent, ...]:
    """The receiver cannot keep its word: custody stays, the sender must find another way."""
    return (
        fact.ReferralBackedOut(
            at=at,
            referral=terms.referral,
            sender=terms.sender,
            receiver=terms.receiver,
            reason=reason,
            next_route_by=next_route(terms, at),
            linked_return=terms.linked_return,
        ),
        *_receiver_lost(terms, at, LossReason.BACKED_OUT),
    )


def timed_out(terms: Terms, at: datetime) -> tuple[fact.CaseEvent, ...]:
    """Nobody answered: custody stays, the sender must find another way."""
    return (
        fact.ReferralTimedOut(
            at=at,
            referral=terms.referral,
            sender=terms.sender,
            receiver=terms.receiver,
            next_route_by=next_route(terms, at),
            linked_return=terms.linked_return,
        ),
        *_receiver_lost(terms, at, LossReason.TIMED_OUT),
    )


def withdrawn(
    terms: Terms, at: datetime, on_word_of: WithdrawnBy, reason: WithdrawalReason
) -> tuple[fact.CaseEvent, ...]:
    """Taken back. Return hears of the loss unless it was return that ended the journey."""
    taken_back = fact.ReferralWithdrawn(
        at=at,
        referral=terms.referral,
        sender=terms.sender,
        receiver=terms.receiver,
        on_word_of=on_word_of,
        reason=reason,
        linked_return=terms.linked_return,
    )
    if on_word_of is WithdrawnBy.RETURN:
        return (taken_back,)
    return (taken_back, *_receiver_lost(terms, at, LossReason.WITHDRAWN))


def _receiver_lost(terms: Terms, at: datetime, how: LossReason) -> tuple[fact.CaseEvent, ...]:
    if terms.linked_return is None:
        return ()
    return (
        fact.ReceiverLost(
            at=at,
            referral=terms.referral,
            linked_return=terms.linked_return,
            receiver=terms.receiver,
            how=how,
        ),
    )
