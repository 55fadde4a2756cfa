"""What others may know of a case: every step of its regions, nothing of the person."""

from typing import assert_never

from nrm_contracts import cases, referral
from nrm_contracts.contract import Contract
from nrm_referral.domain import events as fact
from nrm_referral.publishing.matters import tell_closing, tell_consent, tell_life, tell_override
from nrm_referral.publishing.moves import packet, tell_move
from nrm_referral.publishing.regions import regions


def tell(event: fact.CaseEvent) -> Contract | None:
    """Give the public fact behind a private one, or nothing where others need not know."""
    if isinstance(event, fact.MoveEvent):
        return tell_move(event)
    if isinstance(event, fact.LifeEvent):
        return tell_life(event)
    if isinstance(event, fact.ConsentEvent):
        return tell_consent(event)
    if isinstance(event, fact.OverrideEvent):
        return tell_override(event)
    if isinstance(event, fact.ClosingEvent):
        return tell_closing(event)
    if isinstance(event, fact.JourneyEvent):
        return None  # return told it
    match event:
        case fact.CustodyMoved():
            return cases.CustodyMoved(
                referral=event.referral,
                sender=event.sender,
                receiver=event.receiver,
                country=event.country,
                agency=event.agency,
            )
        case fact.ReceiverLost():
            return referral.ReceiverLost(
                referral=event.referral,
                linked_return=event.linked_return,
                receiver=event.receiver,
                how=event.how,
            )
        case fact.NextRouteTaken():
            return referral.NextRouteTaken(referral=event.referral, organisation=event.organisation)
        case fact.PacketReleased():
            return packet(event)
        case _:
            assert_never(event)


__all__ = ["regions", "tell"]
