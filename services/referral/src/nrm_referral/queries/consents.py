"""What is shown of consents and of disclosures on a legal ground."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, any_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_referral.models import consents as table
from nrm_referral.models import overrides as override_table
from nrm_referral.queries.cases import ROWS_MAX
from nrm_runtime.access import Principal

PROPOSED: Final = "proposed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentView:
    """A consent: who may know which kinds of data, for which purpose, until when."""

    case: UUID
    consent: UUID
    state: str
    organisation: UUID
    recipient: UUID | None
    group: str | None
    purpose: str
    categories: list[str]
    blocked: list[str]
    form: str
    giver: str
    assent: str | None
    granted_at: datetime
    until: datetime
    acknowledge_by: datetime | None
    received: list[UUID]
    waiting: list[UUID]
    event_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideView:
    """A disclosure on a legal ground, proposed or approved."""

    case: UUID
    override: UUID
    state: str
    organisation: UUID
    ground: str
    recipient: UUID
    purpose: str
    categories: list[str]
    proposed_at: datetime
    event_id: UUID


async def consent(
    tx: AsyncConnection, case_id: UUID, consent_id: UUID, principal: Principal
) -> ConsentView | None:
    """Give one consent of a case."""
    statement = select(table).where(
        table.c.case_id == case_id,
        table.c.consent == consent_id,
        any_(table.c.parties) == principal.organisation,
    )
    row = (await tx.execute(statement)).one_or_none()
    return None if row is None else _consent(row)


async def consents(
    tx: AsyncConnection, case_id: UUID, principal: Principal
) -> Sequence[ConsentView]:
    """Give the consents of a case that the organisation may see, in order."""
    statement = (
        select(table)
        .where(table.c.case_id == case_id, any_(table.c.parties) == principal.organisation)
        .order_by(table.c.granted_at, table.c.consent)
        .limit(ROWS_MAX)
    )
    return [_consent(row) for row in await tx.execute(statement)]


async def withdrawals(
    tx: AsyncConnection, principal: Principal, *, limit: int, after: tuple[str, ...]
) -> Sequence[ConsentView]:
    """Give the withdrawals that the organisation must still acknowledge, the oldest first.

    `after` is (granted_at, consent).
    """
    statement = (
        select(table)
        .where(
            any_(table.c.parties) == principal.organisation,
            any_(table.c.waiting) == principal.organisation,
        )
        .order_by(table.c.granted_at, table.c.consent)
        .limit(limit + 1)
    )
    if after:
        key = tuple_(table.c.granted_at, table.c.consent)
        statement = statement.where(key > (datetime.fromisoformat(after[0]), UUID(after[1])))
    return [_consent(row) for row in await tx.execute(statement)]


async def override(
    tx: AsyncConnection, case_id: UUID, override_id: UUID, principal: Principal
) -> OverrideView | None:
    """Give one disclosure on a legal ground."""
    statement = select(override_table).where(
        override_table.c.case_id == case_id,
        override_table.c.override == override_id,
        any_(override_table.c.parties) == principal.organisation,
    )
    row = (await tx.execute(statement)).one_or_none()
    return None if row is None else _override(row)


async def overrides(
    tx: AsyncConnection, case_id: UUID, principal: Principal
) -> Sequence[OverrideView]:
    """Give the disclosures on a legal ground of a case, in order."""
    statement = (
        select(override_table)
        .where(
            override_table.c.case_id == case_id,
            any_(override_table.c.parties) == principal.organisation,
        )
        .order_by(override_table.c.proposed_at, override_table.c.override)
        .limit(ROWS_MAX)
    )
    return [_override(row) for row in await tx.execute(statement)]


async def proposed(
    tx: AsyncConnection, principal: Principal, *, limit: int, after: tuple[str, ...]
) -> Sequence[OverrideView]:
    """Give the disclosures on a legal ground that nobody approved yet, the oldest first.

    `after` is (proposed_at, override).
    """
    statement = (
        select(override_table)
        .where(
            any_(override_table.c.parties) == principal.organisation,
            override_table.c.state == PROPOSED,
        )
        .order_by(override_table.c.proposed_at, override_table.c.override)
        .limit(limit + 1)
    )
    if after:
        key = tuple_(override_table.c.proposed_at, override_table.c.override)
        statement = statement.where(key > (datetime.fromisoformat(after[0]), UUID(after[1])))
    return [_override(row) for row in await tx.execute(statement)]


def _consent(row: Row[Any]) -> ConsentView:
    return ConsentView(
        case=row.case_id,
        consent=row.consent,
        state=row.state,
        organisation=row.organisation,
        recipient=row.recipient,
        group=row.recipient_group,
        purpose=row.purpose,
        categories=row.categories,
        blocked=row.blocked,
        form=row.form,
        giver=row.giver,
        assent=row.assent,
        granted_at=row.granted_at,
        until=row.until,
        acknowledge_by=row.acknowledge_by,
        received=row.received,
        waiting=row.waiting,
        event_id=row.event_id,
    )


def _override(row: Row[Any]) -> OverrideView:
    return OverrideView(
        case=row.case_id,
        override=row.override,
        state=row.state,
        organisation=row.organisation,
        ground=row.ground,
        recipient=row.recipient,
        purpose=row.purpose,
        categories=row.categories,
        proposed_at=row.proposed_at,
        event_id=row.event_id,
    )
