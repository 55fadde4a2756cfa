"""Others read by ticket only: one minute, one reader, named kinds; every read is recorded."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from joserfc.jwk import Key
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from nrm_runtime.access.signed import EDDSA, new_key
from nrm_runtime.access.tickets import Ticket, TicketOffice
from services.assistance.tests.conftest import Caller, House, serving
from services.assistance.tests.samples import LANTERN, REFERRAL
from services.assistance.tests.test_api_file import FORM, asked, risk

pytestmark = pytest.mark.integration


@dataclass
class Office:
    """Signs tickets as referral does."""

    key: Key

    def ticket(self, case: UUID, reader: UUID = LANTERN, category: str = "risks") -> str:
        """Give a ticket for what assistance holds."""
        office = TicketOffice(self.key, issuer="referral")
        return office.issue(
            Ticket(
                id=uuid4(),
                holder="assistance",
                reader=reader,
                about=REFERRAL,
                case=case,
                categories=frozenset({category}),
                purpose="assistance",
            )
        )


@pytest.fixture
async def office(house: House) -> AsyncIterator[Office]:
    """The office that referral runs, with its public keys on a port."""
    found = Office(new_key(EDDSA))

    async def keys(_: Request) -> Response:
        return JSONResponse(TicketOffice(found.key, issuer="referral").public())

    async with serving(Starlette(routes=[Route("/.well-known/jwks.json", keys)])) as address:
        house.running.settings.urls["referral"] = address  # type: ignore[index]
        yield found


async def test_a_receiver_reads_by_ticket_what_it_may_not_see_otherwise(
    house: House, office: Office, active: str, harbour: Caller, lantern: Caller
) -> None:
    case = UUID(active.split("/")[2])
    await asked(active, harbour)
    await harbour.post(f"{active}/risks", risk())
    assert (await lantern.get(f"{active}/risks")).status_code == 404
    packet = f"/packets/{REFERRAL}/read"

    read = await lantern.post(packet, {"ticket": office.ticket(case)})
    (document,) = read.json()["documents"]
    assert document["content"]["own_view"] == FORM["own_view"]

    (recorded,) = await house.rows(
        "SELECT body FROM outbox WHERE topic = 'nrm.assistance' ORDER BY id DESC LIMIT 1"
    )
    assert b"personal-data-read" in bytes(recorded.body)
    assert str(REFERRAL).encode() in bytes(recorded.body)


async def test_a_ticket_opens_nothing_else_and_for_nobody_else(
    office: Office, active: str, harbour: Caller, lantern: Caller
) -> None:
    case = UUID(active.split("/")[2])
    await asked(active, harbour)
    await harbour.post(f"{active}/risks", risk())
    packet = f"/packets/{REFERRAL}/read"
    health = await lantern.post(packet, {"ticket": office.ticket(case, category="health")})
    assert health.json()["documents"] == []
    stolen = await harbour.post(packet, {"ticket": office.ticket(case)})
    assert (stolen.status_code, stolen.json()["code"]) == (403, "ticket-for-another")
    forged = Office(new_key(EDDSA)).ticket(case)
    refused = await lantern.post(packet, {"ticket": forged})
    assert (refused.status_code, refused.json()["code"]) == (403, "ticket-unreadable")
