"""Doors by which an organisation comes in: its application, and the first import of a country."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter
from pydantic import Field

from nrm_access import queries
from nrm_access.api.common import Body, KeyIn, command, public_key
from nrm_access.domain import commands as ask
from nrm_access.domain.values import Entrusted, Profile
from nrm_contracts.codes import Duty, OrganisationKind
from nrm_contracts.consent_codes import BlockedGroup
from nrm_contracts.contract import CountryCode, LanguageCode
from nrm_runtime.access import APPLY, OPERATE
from nrm_runtime.web.edge import Edge, EdgeDep
from nrm_runtime.web.route import CommandRoute

router = APIRouter(route_class=CommandRoute, tags=["organisations"])

NAME_MAX = 200


class EntranceIn(Body):
    """What an organisation says of itself, which duties it asks for, and its first key."""

    name: Annotated[str, Field(min_length=1, max_length=NAME_MAX)]
    kind: OrganisationKind
    country: CountryCode
    languages: Annotated[frozenset[LanguageCode], Field(min_length=1, max_length=20)]
    groups: frozenset[BlockedGroup] = frozenset()
    duties: frozenset[Duty]
    key: KeyIn


class EntranceOut(Body):
    """The ids it got: its own, its client's name at the issuer, its first administrator's."""

    organisation: UUID
    client: str
    administrator: UUID
    key: UUID


@router.post("/organisations", status_code=201, operation_id="apply_as_organisation")
async def apply_as_organisation(body: EntranceIn, edge: EdgeDep) -> EntranceOut:
    """Bring in the application of an organisation, for a national administrator to look at."""
    edge.need(APPLY)
    return await _enter(edge, body, ask.ApplyAsOrganisation, frozenset({Duty.ADMINISTER}))


@router.post("/organisations/import", status_code=201, operation_id="import_organisation")
async def import_organisation(body: EntranceIn, edge: EdgeDep) -> EntranceOut:
    """Bring in the first national agency of a country, which nobody there could vet."""
    edge.need(OPERATE)
    first = not await queries.has_vetter(edge.tx, body.country, edge.principal)
    duties = frozenset({Duty.ADMINISTER, Duty.VET_ORGANISATIONS}) & (
        body.duties | {Duty.ADMINISTER}
    )
    return await _enter(edge, body, ask.ImportOrganisation, duties, first=first)


async def _enter(
    edge: Edge, body: EntranceIn, what: type[ask.Enter], duties: frozenset[Duty], **more: bool
) -> EntranceOut:
    organisation, administrator = uuid4(), uuid4()
    client = str(organisation)
    key = public_key(edge, organisation, body.key)
    asked = command(
        edge,
        what,
        organisation=organisation,
        profile=Profile(
            name=body.name,
            client=client,
            kind=body.kind,
            country=body.country,
            languages=body.languages,
            groups=body.groups,
        ),
        duties=body.duties,
        workers=(Entrusted(worker=administrator, duties=duties),),
        keys=(key,),
        **more,
    )
    await edge.execute(None, asked)
    edge.location = f"/organisations/{organisation}"
    return EntranceOut(
        organisation=organisation, client=client, administrator=administrator, key=key.key
    )
