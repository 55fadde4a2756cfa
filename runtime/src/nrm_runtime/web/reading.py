"""The two doors to private documents: an organisation's own, and others' by a one-minute ticket.

Both record the read before anything leaves. Who may see a case at all is the service's answer
(`sees`); what a ticket allows was decided by the service that issued it.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_contracts.common import PersonalDataReadBase
from nrm_contracts.consent_codes import DataCategory, Purpose
from nrm_contracts.contract import Contract
from nrm_runtime.access import READ, Principal, RemoteKeys, TicketCheck
from nrm_runtime.access.signed import EDDSA
from nrm_runtime.persons.reading import Wanted, open_documents
from nrm_runtime.store.append import Origin
from nrm_runtime.web.edge import Edge, EdgeDep
from nrm_runtime.web.problems import absent
from nrm_runtime.web.route import CommandRoute, records

ISSUER: Final = "referral"  # the one service that issues tickets
TICKET_MAX: Final = 4096

Sees = Callable[[AsyncConnection, UUID, Principal], Awaitable[bool]]


class OwnRead(BaseModel):
    """Which of its own documents of a case an organisation reads, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    purpose: Purpose
    categories: Annotated[tuple[DataCategory, ...], Field(min_length=1)]


class TicketRead(BaseModel):
    """The ticket; it says what, why and for whom."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    ticket: Annotated[str, StringConstraints(min_length=1, max_length=TICKET_MAX)]


class PrivateDocument(BaseModel):
    """One private document in the clear."""

    part: str
    category: DataCategory
    written_by: UUID | None
    content: dict[str, Any]


class PrivateDocuments(BaseModel):
    """What was read; the read itself stands in the ledger."""

    case: UUID
    documents: list[PrivateDocument]


def reading_router(told: type[PersonalDataReadBase], sees: Sees) -> APIRouter:
    """Make the two doors; `told` is the service's `PersonalDataRead`, `sees` its rule of access."""
    router = APIRouter(route_class=CommandRoute)
    checks: dict[str, TicketCheck] = {}

    @router.post("/cases/{case}/documents/read", operation_id="read_documents")
    @records
    async def read_documents(case: UUID, body: OwnRead, edge: EdgeDep) -> PrivateDocuments:
        edge.need(READ)
        if not await sees(edge.tx, case, edge.principal):
            raise absent()
        fact = told.model_validate(
            {
                "reader": edge.principal.organisation,
                "worker": edge.principal.worker,
                "purpose": body.purpose,
                "categories": body.categories,
            }
        )
        wanted = Wanted(categories=body.categories, written_by=edge.principal.organisation)
        return await _open(edge, case, wanted, fact)

    @router.post("/packets/{about}/read", operation_id="read_packet")
    @records
    async def read_packet(about: UUID, body: TicketRead, edge: EdgeDep) -> PrivateDocuments:
        edge.need(READ)
        ticket = await _check(edge, checks).check(body.ticket, edge.principal)
        if ticket.about != about:
            raise absent()
        fact = told.model_validate(
            {
                "reader": edge.principal.organisation,
                "worker": edge.principal.worker,
                "purpose": ticket.purpose,
                "categories": tuple(ticket.categories),
                "referral": ticket.about,
                "ticket": ticket.id,
            }
        )
        return await _open(edge, ticket.case, Wanted(categories=ticket.categories), fact)

    return router


def _check(edge: Edge, checks: dict[str, TicketCheck]) -> TicketCheck:
    """Give the check of this process, made at its first use."""
    address = edge.running.settings.urls[ISSUER]
    if address not in checks:
        keys = RemoteKeys(f"{address}/.well-known/jwks.json", algorithm=EDDSA)
        checks[address] = TicketCheck(keys, issuer=ISSUER, holder=edge.service.name)
    return checks[address]


async def _open(edge: Edge, case: UUID, wanted: Wanted, fact: Contract) -> PrivateDocuments:
    opened = await open_documents(
        edge.tx,
        edge.running.vault,
        case,
        wanted,
        service=edge.service.name,
        contract=fact,
        origin=Origin(command=edge.command_id, by=edge.by),
        now=edge.now,
    )
    return PrivateDocuments(
        case=case,
        documents=[
            PrivateDocument(
                part=one.part,
                category=DataCategory(one.category),
                written_by=one.written_by,
                content=json.loads(one.content),
            )
            for one in opened
        ],
    )
