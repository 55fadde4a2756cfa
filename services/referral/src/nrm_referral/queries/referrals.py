"""What is shown of referrals, of offers that wait for an answer, and of next routes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, any_, not_, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_referral.models import referrals as table
from nrm_referral.models import tasks as task_table
from nrm_referral.queries.cases import ROWS_MAX
from nrm_runtime.access import Principal

TO_ANSWER: Final = ("offered", "delivered", "acknowledged")
ACCEPTED: Final = "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralView:
    """A referral with the manifest of its packet: what may be read, by whom, on which ground."""

    case: UUID
    referral: UUID
    state: str
    kind: str
    sender: UUID
    receiver: UUID
    needs: list[str]
    purpose: str
    categories: list[str]
    blocked: list[str]
    basis: str
    consent: UUID | None
    override: UUID | None
    ground: str | None
    urgent: str
    age: str
    gender: str
    languages: list[str]
    medical: str
    threat: str
    linked_return: UUID | None
    reason: str | None
    outcome: str | None
    offer: str
    offered_at: datetime
    acknowledge_by: datetime
    answer_by: datetime
    agreed_at: datetime | None
    confirm_by: datetime | None
    confirmed: list[UUID]
    escalated: int
    event_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """The next route of a lost referral: who must find it, until when."""

    case: UUID
    referral: UUID
    organisation: UUID
    what: str
    due_by: datetime
    escalated: int
    event_id: UUID


async def referral(
    tx: AsyncConnection, case_id: UUID, referral_id: UUID, principal: Principal
) -> ReferralView | None:
    """Give one referral of a case."""
    statement = select(table).where(
        table.c.case_id == case_id,
        table.c.referral == referral_id,
        any_(table.c.parties) == principal.organisation,
    )
    row = (await tx.execute(statement)).one_or_none()
    return None if row is None else _referral(row)


async def referrals(
    tx: AsyncConnection, case_id: UUID, principal: Principal
) -> Sequence[ReferralView]:
    """Give the referrals of a case that the organisation may see, in order of their offers."""
    statement = (
        select(table)
        .where(table.c.case_id == case_id, any_(table.c.parties) == principal.organisation)
        .order_by(table.c.offered_at, table.c.referral)
        .limit(ROWS_MAX)
    )
    return [_referral(row) for row in await tx.execute(statement)]


async def offers(
    tx: AsyncConnection, principal: Principal, *, limit: int, after: tuple[str, ...]
) -> Sequence[ReferralView]:
    """Give the offers that the organisation must answer, the most urgent deadline first.

    `after` is (answer_by, referral).
    """
    statement = (
        select(table)
        .where(
            table.c.receiver == principal.organisation,
            any_(table.c.parties) == principal.organisation,
            table.c.state.in_(TO_ANSWER),
        )
        .order_by(table.c.answer_by, table.c.referral)
        .limit(limit + 1)
    )
    if after:
        key = tuple_(table.c.answer_by, table.c.referral)
        statement = statement.where(key > (datetime.fromisoformat(after[0]), UUID(after[1])))
    return [_referral(row) for row in await tx.execute(statement)]


async def hand_offs(
    tx: AsyncConnection, principal: Principal, *, limit: int, after: tuple[str, ...]
) -> Sequence[ReferralView]:
    """Give the hand-offs that the organisation must still confirm, the earliest first.

    `after` is (confirm_by, referral).
    """
    us = principal.organisation
    statement = (
        select(table)
        .where(
            or_(table.c.sender == us, table.c.receiver == us),
            any_(table.c.parties) == us,
            table.c.state == ACCEPTED,
            table.c.confirm_by.is_not(None),
            not_(any_(table.c.confirmed) == us),
        )
        .order_by(table.c.confirm_by, table.c.referral)
        .limit(limit + 1)
    )
    if after:
        key = tuple_(table.c.confirm_by, table.c.referral)
        statement = statement.where(key > (datetime.fromisoformat(after[0]), UUID(after[1])))
    return [_referral(row) for row in await tx.execute(statement)]


async def tasks(
    tx: AsyncConnection, principal: Principal, *, limit: int, after: tuple[str, ...]
) -> Sequence[TaskView]:
    """Give the organisation's open next routes, the earliest first.

    `after` is (due_by, referral).
    """
    statement = (
        select(task_table)
        .where(
            task_table.c.organisation == principal.organisation,
            any_(task_table.c.parties) == principal.organisation,
            task_table.c.over.is_(False),
        )
        .order_by(task_table.c.due_by, task_table.c.referral)
        .limit(limit + 1)
    )
    if after:
        key = tuple_(task_table.c.due_by, task_table.c.referral)
        statement = statement.where(key > (datetime.fromisoformat(after[0]), UUID(after[1])))
    return [
        TaskView(
            case=row.case_id,
            referral=row.referral,
            organisation=row.organisation,
            what=row.what,
            due_by=row.due_by,
            escalated=row.escalated,
            event_id=row.event_id,
        )
        for row in await tx.execute(statement)
    ]


def _referral(row: Row[Any]) -> ReferralView:
    return ReferralView(
        case=row.case_id,
        referral=row.referral,
        state=row.state,
        kind=row.kind,
        sender=row.sender,
        receiver=row.receiver,
        needs=row.needs,
        purpose=row.purpose,
        categories=row.categories,
        blocked=row.blocked,
        basis=row.basis,
        consent=row.consent,
        override=row.override,
        ground=row.ground,
        urgent=row.urgent,
        age=row.age,
        gender=row.gender,
        languages=row.languages,
        medical=row.medical,
        threat=row.threat,
        linked_return=row.linked_return,
        reason=row.reason,
        outcome=row.outcome,
        offer=row.offer,
        offered_at=row.offered_at,
        acknowledge_by=row.acknowledge_by,
        answer_by=row.answer_by,
        agreed_at=row.agreed_at,
        confirm_by=row.confirm_by,
        confirmed=row.confirmed,
        escalated=row.escalated,
        event_id=row.event_id,
    )
