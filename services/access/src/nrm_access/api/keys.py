"""Doors to an organisation's machine keys: public halves, several at once so that they rotate."""

from uuid import UUID

from fastapi import APIRouter

from nrm_access import queries
from nrm_access.api.common import KeyIn, command, looks, manages, public_key, seen
from nrm_access.domain import commands as ask
from nrm_runtime.web.edge import EdgeDep
from nrm_runtime.web.problems import absent
from nrm_runtime.web.route import CommandRoute

router = APIRouter(
    route_class=CommandRoute, prefix="/organisations/{organisation}/keys", tags=["keys"]
)


@router.get("", operation_id="list_keys")
async def list_keys(organisation: UUID, edge: EdgeDep) -> list[queries.KeyView]:
    """List an organisation's keys, the revoked ones too."""
    looks(edge)
    await seen(edge, organisation)
    return list(await queries.keys(edge.tx, organisation, edge.principal))


@router.get("/{key}", operation_id="show_key")
async def show_key(organisation: UUID, key: UUID, edge: EdgeDep) -> queries.KeyView:
    """Show a key."""
    looks(edge)
    return await edge.show(queries.one_key(edge.tx, organisation, key, edge.principal))


@router.post("", status_code=201, operation_id="register_key")
async def register_key(organisation: UUID, body: KeyIn, edge: EdgeDep) -> queries.KeyView:
    """Register one more public key."""
    await manages(edge)
    await seen(edge, organisation)
    key = public_key(edge, organisation, body)
    await edge.execute(None, command(edge, ask.RegisterKey, organisation=organisation, key=key))
    edge.location = f"/organisations/{organisation}/keys/{key.key}"
    return await edge.show(queries.one_key(edge.tx, organisation, key.key, edge.principal))


@router.post("/{key}/revoke", operation_id="revoke_key")
async def revoke_key(organisation: UUID, key: UUID, edge: EdgeDep) -> queries.KeyView:
    """Let nobody sign in with a key any more."""
    await manages(edge)
    found = await queries.one_key(edge.tx, organisation, key, edge.principal)
    if found is None:
        raise absent()
    edge.match(found.event_id)
    await edge.execute(None, command(edge, ask.RevokeKey, organisation=organisation, key=key))
    return await edge.show(queries.one_key(edge.tx, organisation, key, edge.principal))
