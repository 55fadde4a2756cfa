"""What access shows: the public list, an organisation with its workers and keys, the issuer's list.

Row-level security lets an organisation see its own rows, and vetters those of their country.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_access.models import listed, machine_key, member, organisation, vetter
from nrm_contracts.codes import Duty
from nrm_runtime.access import ISSUE, JOIN, READ, WRITE, Principal
from nrm_runtime.store.execute import projector

TAKES_PART: Final = ("active", "vetted")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedView:
    """An organisation as everybody in the mechanism may know it."""

    organisation: UUID
    name: str
    kind: str
    country: str
    languages: list[str]
    groups: list[str]
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationView:
    """An organisation as it sees itself, and as its national administrator sees it."""

    organisation: UUID
    client: str
    name: str
    kind: str
    country: str
    languages: list[str]
    groups: list[str]
    duties: list[str]
    state: str
    terms: int
    terms_at: datetime | None
    terms_by: UUID | None
    event_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerView:
    """A worker: a random id and duties, never a name."""

    organisation: UUID
    worker: UUID
    duties: list[str]
    suspended: bool
    event_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyView:
    """A machine key's public half."""

    organisation: UUID
    key: UUID
    thumbprint: str
    jwk: dict[str, str]
    valid_from: datetime
    revoked_at: datetime | None
    event_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedWorker:
    """A worker for whom tokens may be issued now, and the duties that stand in them."""

    worker: UUID
    duties: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedView:
    """What an issuer of tokens has to know of an organisation now."""

    organisation: UUID
    client: str
    kind: str
    country: str
    scopes: list[str]
    workers: list[IssuedWorker]
    keys: list[dict[str, str]]


async def organisations(
    tx: AsyncConnection,
    principal: Principal,  # noqa: ARG001 - the list is public within the mechanism
    *,
    country: str | None,
    active: bool | None,
    limit: int,
    after: tuple[str, ...],
) -> Sequence[ListedView]:
    """Give the public list in the order of ids; `after` is the last id of the page before."""
    statement = select(listed).order_by(listed.c.organisation).limit(limit + 1)
    if country is not None:
        statement = statement.where(listed.c.country == country)
    if active is not None:
        statement = statement.where(listed.c.active.is_(active))
    if after:
        statement = statement.where(listed.c.organisation > UUID(after[0]))
    return [
        ListedView(
            organisation=row.organisation,
            name=row.name,
            kind=row.kind,
            country=row.country,
            languages=row.languages,
            groups=row.groups,
            active=row.active,
        )
        for row in await tx.execute(statement)
    ]


async def looked_after(
    tx: AsyncConnection,
    principal: Principal,
    *,
    state: str | None,
    limit: int,
    after: tuple[str, ...],
) -> Sequence[OrganisationView]:
    """Give the organisations that the principal's organisation looks after, itself included."""
    statement = (
        select(organisation).where(_seen(principal)).order_by(organisation.c.org).limit(limit + 1)
    )
    if state is not None:
        statement = statement.where(organisation.c.state == state)
    if after:
        statement = statement.where(organisation.c.org > UUID(after[0]))
    return [_organisation(row) for row in await tx.execute(statement)]


async def one_organisation(
    tx: AsyncConnection, identifier: UUID, principal: Principal
) -> OrganisationView | None:
    """Give one organisation: the principal's own, or one of the country it vets for."""
    statement = select(organisation).where(organisation.c.org == identifier, _seen(principal))
    row = (await tx.execute(statement)).one_or_none()
    return None if row is None else _organisation(row)


async def workers(
    tx: AsyncConnection,
    identifier: UUID,
    principal: Principal,  # noqa: ARG001 - whoever sees the organisation; the wall is in the rows
    *,
    limit: int,
    after: tuple[str, ...],
) -> Sequence[WorkerView]:
    """Give the workers of an organisation in the order of their ids."""
    statement = (
        select(member).where(member.c.org == identifier).order_by(member.c.worker).limit(limit + 1)
    )
    if after:
        statement = statement.where(member.c.worker > UUID(after[0]))
    return [_worker(row) for row in await tx.execute(statement)]


async def one_worker(
    tx: AsyncConnection,
    identifier: UUID,
    worker: UUID,
    principal: Principal,  # noqa: ARG001 - the same
) -> WorkerView | None:
    """Give one worker of an organisation."""
    statement = select(member).where(member.c.org == identifier, member.c.worker == worker)
    row = (await tx.execute(statement)).one_or_none()
    return None if row is None else _worker(row)


async def keys(
    tx: AsyncConnection,
    identifier: UUID,
    principal: Principal,  # noqa: ARG001 - the same
) -> Sequence[KeyView]:
    """Give the keys of an organisation, the revoked ones too."""
    statement = select(machine_key).where(machine_key.c.org == identifier)
    rows = await tx.execute(statement.order_by(machine_key.c.valid_from, machine_key.c.key))
    return [_key(row) for row in rows]


async def one_key(
    tx: AsyncConnection,
    identifier: UUID,
    key: UUID,
    principal: Principal,  # noqa: ARG001 - the same
) -> KeyView | None:
    """Give one key of an organisation."""
    statement = select(machine_key).where(machine_key.c.org == identifier, machine_key.c.key == key)
    row = (await tx.execute(statement)).one_or_none()
    return None if row is None else _key(row)


async def has_vetter(
    tx: AsyncConnection,
    country: str,
    principal: Principal,  # noqa: ARG001 - who vets is public
) -> bool:
    """Say whether a country has an organisation whose workers vet others."""
    return bool(await tx.scalar(select(exists().where(vetter.c.country == country))))


async def issued(
    tx: AsyncConnection,
    principal: Principal,
    *,
    now: datetime,
    limit: int,
    after: tuple[str, ...],
) -> Sequence[IssuedView]:
    """Give what an issuer needs: who takes part now, with workers, duties and keys good now.

    The issuer is no organisation and sees no row; these few columns are read under the role of
    the projections, in a transaction that cannot write. Raises `PermissionError` for others.
    """
    if ISSUE not in principal.scopes:
        raise PermissionError(ISSUE)
    await tx.exec_driver_sql(f'SET LOCAL ROLE "{projector("access")}"')
    statement = (
        select(organisation)
        .where(organisation.c.state.in_(TAKES_PART))
        .order_by(organisation.c.org)
        .limit(limit + 1)
    )
    if after:
        statement = statement.where(organisation.c.org > UUID(after[0]))
    found = (await tx.execute(statement)).all()
    mine = [row.org for row in found]
    staff = await tx.execute(
        select(member)
        .where(member.c.org.in_(mine), member.c.suspended.is_(False))
        .order_by(member.c.worker)
    )
    signing = await tx.execute(
        select(machine_key)
        .where(
            machine_key.c.org.in_(mine),
            machine_key.c.valid_from <= now,
            machine_key.c.revoked_at.is_(None),
        )
        .order_by(machine_key.c.key)
    )
    people, halves = staff.all(), signing.all()
    await tx.exec_driver_sql("SET LOCAL ROLE NONE")
    return [_issued(row, people, halves) for row in found]


def _issued(row: Row[Any], staff: Sequence[Row[Any]], signing: Sequence[Row[Any]]) -> IssuedView:
    active = row.state == "active"
    return IssuedView(
        organisation=row.org,
        client=row.client,
        kind=row.kind,
        country=row.country,
        scopes=[READ, WRITE] if active else [JOIN],
        workers=[
            IssuedWorker(
                worker=one.worker,
                duties=[duty for duty in one.duties if active or duty == Duty.ADMINISTER],
            )
            for one in staff
            if one.org == row.org
        ],
        keys=[{**one.jwk, "kid": one.thumbprint} for one in signing if one.org == row.org],
    )


def _seen(principal: Principal) -> Any:  # noqa: ANN401 - a condition
    vets = select(vetter.c.country).where(vetter.c.organisation == principal.organisation)
    return or_(organisation.c.org == principal.organisation, organisation.c.country.in_(vets))


def _organisation(row: Row[Any]) -> OrganisationView:
    return OrganisationView(
        organisation=row.org,
        client=row.client,
        name=row.name,
        kind=row.kind,
        country=row.country,
        languages=row.languages,
        groups=row.groups,
        duties=row.duties,
        state=row.state,
        terms=row.terms,
        terms_at=row.terms_at,
        terms_by=row.terms_by,
        event_id=row.event_id,
    )


def _worker(row: Row[Any]) -> WorkerView:
    return WorkerView(
        organisation=row.org,
        worker=row.worker,
        duties=row.duties,
        suspended=row.suspended,
        event_id=row.event_id,
    )


def _key(row: Row[Any]) -> KeyView:
    return KeyView(
        organisation=row.org,
        key=row.key,
        thumbprint=row.thumbprint,
        jwk=row.jwk,
        valid_from=row.valid_from,
        revoked_at=row.revoked_at,
        event_id=row.event_id,
    )
