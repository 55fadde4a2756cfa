"""How many places are taken at receivers; the directory itself is a file until it is a service."""

from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_referral.models import places
from nrm_runtime.access import Principal

_ONE_AT_A_TIME: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 7071))"


async def taken_places(
    tx: AsyncConnection,
    organisations: Collection[UUID],
    principal: Principal,  # noqa: ARG001 - any organisation may count: a place names no case
) -> Mapping[UUID, int]:
    """Give how many places are taken at each of these organisations; none is zero."""
    statement = (
        select(places.c.organisation, func.count())
        .where(places.c.taken.is_(True), places.c.organisation.in_(organisations))
        .group_by(places.c.organisation)
    )
    found = {row[0]: int(row[1]) for row in await tx.execute(statement)}
    return {one: found.get(one, 0) for one in organisations}


async def free_places(
    tx: AsyncConnection, organisation: UUID, places_in_all: int, principal: Principal
) -> int:
    """Give how many places are free, and let nobody else take one until the transaction ends."""
    await tx.exec_driver_sql(_ONE_AT_A_TIME, (str(organisation),))
    taken = await taken_places(tx, [organisation], principal)
    return places_in_all - taken[organisation]
