"""What is shown of a case: its state, custody, links, closings, what was disclosed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, any_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_referral.models import cases as table
from nrm_referral.models import closings as closing_table
from nrm_referral.models import custody as custody_table
from nrm_referral.models import disclosures as disclosure_table
from nrm_referral.models import links as link_table
from nrm_referral.models import referrals as referral_table
from nrm_runtime.access import Principal

ROWS_MAX: Final = 500  # of one kind in one case; far above what a case reaches
UNSETTLED: Final = ("proposed", "checked")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """Where a case stands; states are codes, people are not named."""

    case: UUID
    state: str
    custodian: UUID
    agency: UUID | None
    country: str
    age: str
    closing: str
    closure_reason: str | None
    hearing_notices_to: UUID | None
    blocked: list[str]
    opened_at: datetime
    event_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TenureView:
    """Who answered for the case from when until when, by which referral."""

    position: int
    custodian: UUID
    since: datetime
    until: datetime | None
    referral: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """A case that belongs together with this one."""

    linked: UUID
    how: str
    organisation: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingView:
    """A proposed closing; `missing` are services that have not answered."""

    case: UUID
    closing: UUID
    state: str
    custodian: UUID
    reason: str
    hearing_notices_to: UUID | None
    missing: list[str]
    open: list[str]
    checked_by: UUID | None
    proposed_at: datetime
    answer_by: datetime
    event_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosureView:
    """A ticket that was given, or what a group was told."""

    seq: int
    what: str
    organisation: UUID
    referral: UUID | None
    ticket: UUID | None
    group: str | None
    owner: str | None
    categories: list[str]
    purpose: str
    basis: str
    consent: UUID | None
    override: UUID | None
    at: datetime


async def case(tx: AsyncConnection, case_id: UUID, principal: Principal) -> CaseView | None:
    """Give a case that the principal's organisation takes part in."""
    statement = select(table).where(
        table.c.case_id == case_id, any_(table.c.parties) == principal.organisation
    )
    row = (await tx.execute(statement)).one_or_none()
    return None if row is None else _case(row)


async def cases(
    tx: AsyncConnection,
    principal: Principal,
    *,
    limit: int,
    after: tuple[str, ...],
    held: bool,
) -> Sequence[CaseView]:
    """Give the organisation's cases, the newest first; `held` only those it answers for.

    `after` is (opened_at, case).
    """
    statement = (
        select(table)
        .where(any_(table.c.parties) == principal.organisation)
        .order_by(table.c.opened_at.desc(), table.c.case_id.desc())
        .limit(limit + 1)
    )
    if held:
        statement = statement.where(table.c.custodian == principal.organisation)
    if after:
        key = tuple_(table.c.opened_at, table.c.case_id)
        statement = statement.where(key < (datetime.fromisoformat(after[0]), UUID(after[1])))
    return [_case(row) for row in await tx.execute(statement)]


async def custody(tx: AsyncConnection, case_id: UUID, principal: Principal) -> Sequence[TenureView]:
    """Give the custody timeline, or the part of it that the organisation may see."""
    statement = (
        select(custody_table)
        .where(
            custody_table.c.case_id == case_id,
            any_(custody_table.c.parties) == principal.organisation,
        )
        .order_by(custody_table.c.position)
        .limit(ROWS_MAX)
    )
    return [
        TenureView(
            position=row.position,
            custodian=row.custodian,
            since=row.since,
            until=row.until,
            referral=row.referral,
        )
        for row in await tx.execute(statement)
    ]


async def links(tx: AsyncConnection, case_id: UUID, principal: Principal) -> Sequence[LinkView]:
    """Give the cases that belong together with a case."""
    statement = (
        select(link_table)
        .where(
            link_table.c.case_id == case_id, any_(link_table.c.parties) == principal.organisation
        )
        .order_by(link_table.c.linked)
        .limit(ROWS_MAX)
    )
    return [
        LinkView(linked=row.linked, how=row.how, organisation=row.organisation)
        for row in await tx.execute(statement)
    ]


async def closing(
    tx: AsyncConnection, case_id: UUID, closing_id: UUID, principal: Principal
) -> ClosingView | None:
    """Give one closing of a case."""
    statement = select(closing_table).where(
        closing_table.c.case_id == case_id,
        closing_table.c.closing == closing_id,
        any_(closing_table.c.parties) == principal.organisation,
    )
    row = (await tx.execute(statement)).one_or_none()
    return None if row is None else _closing(row)


async def closings(
    tx: AsyncConnection, case_id: UUID, principal: Principal
) -> Sequence[ClosingView]:
    """Give every closing that was proposed, the newest first."""
    statement = (
        select(closing_table)
        .where(
            closing_table.c.case_id == case_id,
            any_(closing_table.c.parties) == principal.organisation,
        )
        .order_by(closing_table.c.proposed_at.desc(), closing_table.c.closing)
        .limit(ROWS_MAX)
    )
    return [_closing(row) for row in await tx.execute(statement)]


async def open_closings(
    tx: AsyncConnection, principal: Principal, *, limit: int, after: tuple[str, ...]
) -> Sequence[ClosingView]:
    """Give the closings that were proposed and are not settled, the earliest deadline first.

    `after` is (answer_by, closing).
    """
    statement = (
        select(closing_table)
        .where(
            any_(closing_table.c.parties) == principal.organisation,
            closing_table.c.state.in_(UNSETTLED),
        )
        .order_by(closing_table.c.answer_by, closing_table.c.closing)
        .limit(limit + 1)
    )
    if after:
        key = tuple_(closing_table.c.answer_by, closing_table.c.closing)
        statement = statement.where(key > (datetime.fromisoformat(after[0]), UUID(after[1])))
    return [_closing(row) for row in await tx.execute(statement)]


async def disclosures(
    tx: AsyncConnection, case_id: UUID, principal: Principal
) -> Sequence[DisclosureView]:
    """Give what was disclosed to whom, in order."""
    statement = (
        select(disclosure_table)
        .where(
            disclosure_table.c.case_id == case_id,
            any_(disclosure_table.c.parties) == principal.organisation,
        )
        .order_by(disclosure_table.c.seq)
        .limit(ROWS_MAX)
    )
    return [
        DisclosureView(
            seq=row.seq,
            what=row.what,
            organisation=row.organisation,
            referral=row.referral,
            ticket=row.ticket,
            group=row.recipient_group,
            owner=row.owner,
            categories=row.categories,
            purpose=row.purpose,
            basis=row.basis,
            consent=row.consent,
            override=row.override,
            at=row.at,
        )
        for row in await tx.execute(statement)
    ]


async def person(tx: AsyncConnection, case_id: UUID, principal: Principal) -> UUID | None:
    """Give the opaque name of a case's person, to who sees the case or a referral of it."""
    for shown in (table, referral_table):
        statement = (
            select(shown.c.person)
            .where(shown.c.case_id == case_id, any_(shown.c.parties) == principal.organisation)
            .limit(1)
        )
        found: UUID | None = await tx.scalar(statement)
        if found is not None:
            return found
    return None


async def sees(tx: AsyncConnection, case_id: UUID, principal: Principal) -> bool:
    """Say whether the principal's organisation sees a case, or a referral of it."""
    return await person(tx, case_id, principal) is not None


async def answers(tx: AsyncConnection, case_id: UUID, principal: Principal) -> bool:
    """Say whether the principal's organisation answers for a case now, or oversees it."""
    found = await case(tx, case_id, principal)
    return found is not None and principal.organisation in {found.custodian, found.agency}


def _case(row: Row[Any]) -> CaseView:
    return CaseView(
        case=row.case_id,
        state=row.state,
        custodian=row.custodian,
        agency=row.agency,
        country=row.country,
        age=row.age,
        closing=row.closing,
        closure_reason=row.closure_reason,
        hearing_notices_to=row.hearing_notices_to,
        blocked=row.blocked,
        opened_at=row.opened_at,
        event_id=row.event_id,
    )


def _closing(row: Row[Any]) -> ClosingView:
    return ClosingView(
        case=row.case_id,
        closing=row.closing,
        state=row.state,
        custodian=row.custodian,
        reason=row.reason,
        hearing_notices_to=row.hearing_notices_to,
        missing=row.missing,
        open=row.open,
        checked_by=row.checked_by,
        proposed_at=row.proposed_at,
        answer_by=row.answer_by,
        event_id=row.event_id,
    )
