"""What referral remembers for showing, written in the transaction of each event."""

from typing import TypeAlias, assert_never

from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_referral.domain import events as fact
from nrm_referral.domain.states import Case, Opened
from nrm_referral.projections import matters, moves
from nrm_runtime.store.machine import Applied

Stored: TypeAlias = Applied[Case, fact.CaseEvent]


async def project(tx: AsyncConnection, applied: Stored) -> None:
    """Write the rows that an event touches; a change of parties touches no row's ETag."""
    case, event = applied.state, applied.event
    assert isinstance(case, Opened)
    if isinstance(event, fact.MoveEvent):
        await moves.moved(tx, applied, case, event)
    elif isinstance(event, fact.LifeEvent):
        await matters.lived(tx, applied, case, event)
    elif isinstance(event, fact.ConsentEvent):
        await matters.consented(tx, applied, case, event)
    elif isinstance(event, fact.OverrideEvent):
        await matters.overridden(tx, applied, case, event)
    elif isinstance(event, fact.ClosingEvent):
        await matters.closed(tx, applied, case, event)
    else:
        await _others(tx, applied, case, event)


async def _others(
    tx: AsyncConnection,
    applied: Stored,
    case: Opened,
    event: fact.CustodyMoved
    | fact.ReceiverLost
    | fact.NextRouteTaken
    | fact.PacketReleased
    | fact.JourneyEvent,
) -> None:
    match event:
        case fact.CustodyMoved():
            await moves.custody_moved(tx, applied, case)
        case fact.NextRouteTaken():
            await moves.route_taken(tx, applied, event)
        case fact.PacketReleased():
            await moves.released(tx, applied, case, event)
        case fact.ReceiverLost():
            pass
        case fact.ReturnNoted() | fact.ItineraryNoted():
            pass
        case fact.ArrivalNoted() | fact.ReturnEndNoted():
            pass
        case _:
            assert_never(event)
