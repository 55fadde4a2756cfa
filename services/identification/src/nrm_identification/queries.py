"""What identification shows, always to somebody: their organisation decides which rows exist."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, any_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_identification.models import case_code, indicator_result, victim_status
from nrm_runtime.access import AUDIT, Principal

CLOSED: Final = "Closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """Where one case stands in identification; states are codes."""

    case: UUID
    code: str
    country: str
    recorder: UUID
    custodian: UUID
    age: str
    identification: str
    reflection: str
    reflection_began_at: datetime | None
    reflection_ends_by: datetime | None
    rights_explained: bool
    advice: str | None
    notice_by: datetime | None
    closure: str
    recorded_at: datetime
    event_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorView:
    """The outcome of one list of indicators."""

    indicators: str
    list_version: int
    outcome: str
    organisation: UUID
    occurred_at: datetime


async def case(tx: AsyncConnection, case_id: UUID, principal: Principal) -> CaseView | None:
    """Give a case that the principal's organisation takes part in."""
    statement = select(victim_status).where(
        victim_status.c.case_id == case_id,
        any_(victim_status.c.parties) == principal.organisation,
    )
    row = (await tx.execute(statement)).one_or_none()
    return None if row is None else _view(row)


async def cases(
    tx: AsyncConnection, principal: Principal, *, limit: int, after: tuple[str, ...]
) -> Sequence[CaseView]:
    """Give the organisation's cases, the newest first; `after` is (recorded_at, case)."""
    statement = (
        select(victim_status)
        .where(any_(victim_status.c.parties) == principal.organisation)
        .order_by(victim_status.c.recorded_at.desc(), victim_status.c.case_id.desc())
        .limit(limit + 1)
    )
    if after:
        key = tuple_(victim_status.c.recorded_at, victim_status.c.case_id)
        statement = statement.where(key < (datetime.fromisoformat(after[0]), UUID(after[1])))
    return [_view(row) for row in await tx.execute(statement)]


async def notices(
    tx: AsyncConnection, principal: Principal, *, limit: int, after: tuple[str, ...]
) -> Sequence[CaseView]:
    """Give the cases of others that nobody took notice of yet, the earliest deadline first."""
    told = victim_status.c.recorder != principal.organisation
    return await _due(tx, principal, victim_status.c.notice_by, told, limit=limit, after=after)


async def reflections(
    tx: AsyncConnection, principal: Principal, *, limit: int, after: tuple[str, ...]
) -> Sequence[CaseView]:
    """Give the cases whose recovery and reflection period runs, the earliest end first."""
    running = victim_status.c.closure != CLOSED
    ends = victim_status.c.reflection_ends_by
    return await _due(tx, principal, ends, running, limit=limit, after=after)


async def _due(
    tx: AsyncConnection,
    principal: Principal,
    due: ColumnElement[datetime | None],
    only: ColumnElement[bool],
    *,
    limit: int,
    after: tuple[str, ...],
) -> Sequence[CaseView]:
    """Give the organisation's cases with a deadline; `after` is (deadline, case)."""
    statement = (
        select(victim_status)
        .where(
            any_(victim_status.c.parties) == principal.organisation,
            due.is_not(None),
            only,
        )
        .order_by(due, victim_status.c.case_id)
        .limit(limit + 1)
    )
    if after:
        key = tuple_(due, victim_status.c.case_id)
        statement = statement.where(key > (datetime.fromisoformat(after[0]), UUID(after[1])))
    return [_view(row) for row in await tx.execute(statement)]


async def person(tx: AsyncConnection, case_id: UUID, principal: Principal) -> UUID | None:
    """Give the opaque id of the person of a case."""
    statement = select(victim_status.c.person).where(
        victim_status.c.case_id == case_id,
        any_(victim_status.c.parties) == principal.organisation,
    )
    found: UUID | None = await tx.scalar(statement)
    return found


async def indicator_results(
    tx: AsyncConnection, case_id: UUID, principal: Principal
) -> Sequence[IndicatorView]:
    """Give the outcomes of all lists gone through in a case, in order."""
    statement = (
        select(indicator_result)
        .where(
            indicator_result.c.case_id == case_id,
            any_(indicator_result.c.parties) == principal.organisation,
        )
        .order_by(indicator_result.c.seq)
    )
    return [
        IndicatorView(
            indicators=row.indicators,
            list_version=row.list_version,
            outcome=row.outcome,
            organisation=row.organisation,
            occurred_at=row.occurred_at,
        )
        for row in await tx.execute(statement)
    ]


def _view(row: Row[Any]) -> CaseView:
    return CaseView(
        case=row.case_id,
        code=row.code,
        country=row.country,
        recorder=row.recorder,
        custodian=row.custodian,
        age=row.age,
        identification=row.identification,
        reflection=row.reflection,
        reflection_began_at=row.reflection_began_at,
        reflection_ends_by=row.reflection_ends_by,
        rights_explained=row.rights_explained,
        advice=row.advice,
        notice_by=row.notice_by,
        closure=row.closure,
        recorded_at=row.recorded_at,
        event_id=row.event_id,
    )


async def sees(tx: AsyncConnection, case_id: UUID, principal: Principal) -> bool:
    """Say whether the principal's organisation takes part in a case."""
    return await case(tx, case_id, principal) is not None


async def answers(tx: AsyncConnection, case_id: UUID, principal: Principal) -> bool:
    """Say whether the principal's organisation answers for a case now."""
    found = await case(tx, case_id, principal)
    return found is not None and found.custodian == principal.organisation


async def case_of_code(tx: AsyncConnection, code: str, principal: Principal) -> UUID | None:
    """Give the case of a code: to who takes part in it, and to auditors."""
    found: UUID | None = await tx.scalar(
        select(case_code.c.case_id).where(case_code.c.code == code)
    )
    if found is None or AUDIT in principal.scopes or await sees(tx, found, principal):
        return found
    return None
