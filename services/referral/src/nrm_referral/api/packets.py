"""Doors for packets: one-minute tickets, and the public key that the owners check them with."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field
from starlette.requests import Request

from nrm_contracts.codes import ServiceName
from nrm_contracts.consent_codes import DataCategory, Purpose
from nrm_contracts.ids import ReferralId, TicketId
from nrm_referral import queries
from nrm_referral.api.common import Body, command, there
from nrm_referral.domain import commands as ask
from nrm_runtime.access.tickets import LIFE_S, Ticket, TicketOffice, key_file
from nrm_runtime.settings import Settings
from nrm_runtime.web.edge import EdgeDep
from nrm_runtime.web.route import CommandRoute, public, records

ISSUER: Final = "referral"
KEY: Final = "tickets/referral.pem"
KEYS: Final = "/.well-known/jwks.json"


class TicketIn(Body):
    """Which kinds of data are to be read, and at which service."""

    owner: ServiceName
    categories: Annotated[frozenset[DataCategory], Field(min_length=1)]


class TicketOut(Body):
    """A ticket, good for one minute, at one service, for the organisation that asked."""

    ticket: str
    id: UUID
    referral: UUID
    owner: ServiceName
    categories: list[DataCategory]
    purpose: Purpose
    seconds: int


router = APIRouter(route_class=CommandRoute, tags=["packets"])
keys = APIRouter(tags=["packets"])


@lru_cache(maxsize=4)
def _office(path: Path) -> TicketOffice:
    """Give the office of this process; its key is made when it is first needed."""
    return TicketOffice(key_file(path), issuer=ISSUER)


@router.post(
    "/cases/{case}/referrals/{referral}/tickets", status_code=201, operation_id="release_packet"
)
@records
async def release_packet(case: UUID, referral: UUID, body: TicketIn, edge: EdgeDep) -> TicketOut:
    """Give the receiver a ticket; consent and ground are checked at this moment."""
    view = there(await queries.referral(edge.tx, case, referral, edge.principal))
    ticket = TicketId(edge.new_id("ticket"))
    asked = command(
        edge,
        ask.ReleasePacket,
        referral=ReferralId(referral),
        ticket=ticket,
        owner=body.owner,
        categories=body.categories,
    )
    await edge.execute(case, asked)
    signed = _office(edge.running.settings.home / KEY).issue(
        Ticket(
            id=ticket,
            holder=body.owner,
            reader=edge.principal.organisation,
            about=referral,
            case=case,
            categories=frozenset(body.categories),
            purpose=view.purpose,
        )
    )
    return TicketOut(
        ticket=signed,
        id=ticket,
        referral=referral,
        owner=body.owner,
        categories=sorted(body.categories),
        purpose=Purpose(view.purpose),
        seconds=LIFE_S,
    )


@keys.get(KEYS, operation_id="show_ticket_keys")
@public
async def show_ticket_keys(request: Request) -> dict[str, Any]:
    """Show the public half of the key that signs tickets."""
    settings: Settings = request.app.state.web.running.settings
    return _office(settings.home / KEY).public()
