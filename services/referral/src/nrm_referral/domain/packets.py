"""Releasing a packet: each ticket is decided now, in the stream that knows the withdrawals."""

from nrm_contracts.ids import WorkerId
from nrm_referral.domain import commands as ask
from nrm_referral.domain import events as fact
from nrm_referral.domain.guards import (
    grounded,
    of_terms,
    organisation,
    out_of_order,
    unblocked,
)
from nrm_referral.domain.states import Accepted, Handed, Opened, Referral
from nrm_runtime.core import Refused, worker


def release(
    case: Opened, state: Referral, command: ask.ReleasePacket
) -> tuple[fact.CaseEvent, ...]:
    """Let the receiver read kinds of data at one owner, on a ground that holds at this moment.

    Refuses `not-the-receiver`, `category-not-offered`, and whatever the ground refuses.
    """
    if not isinstance(state, Accepted | Handed):
        raise out_of_order(state, command)
    terms = state.terms
    if organisation(command) != terms.receiver:
        raise Refused("not-the-receiver", "Only the organisation that accepted may read.")
    disclosed = of_terms(terms, command.categories)
    unblocked(case, disclosed, command.at)
    if not command.categories or not command.categories <= terms.categories:
        raise Refused("category-not-offered", "The packet does not hold these kinds of data.")
    grounded(case, terms.ground, disclosed, command.at)
    return (
        fact.PacketReleased(
            at=command.at,
            referral=terms.referral,
            ticket=command.ticket,
            recipient=terms.receiver,
            worker=WorkerId(worker(command).worker),
            owner=command.owner,
            categories=command.categories,
            purpose=terms.purpose,
            ground=terms.ground,
        ),
    )
