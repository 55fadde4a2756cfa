"""What notifications shows: an organisation's inbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_notifications.models import delivery, notice
from nrm_runtime.access import Principal

SHOWN = ("queued", "acknowledged")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
    """A notice: what kind, about which opaque id, until when. Never what it is about in words."""

    notice: UUID
    case: UUID
    kind: str
    about: UUID
    act_by: datetime | None
    queued_at: datetime
    state: str
    event_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryView:
    """How a notice fared on one channel."""

    channel: str
    attempts: int
    state: str


async def inbox(
    tx: AsyncConnection,
    principal: Principal,
    *,
    unseen: bool,
    limit: int,
    after: tuple[str, ...],
) -> Sequence[NoticeView]:
    """Give the organisation's notices, the newest first; `after` is (queued_at, notice)."""
    statement = (
        select(notice)
        .where(
            notice.c.org == principal.organisation,
            notice.c.state.in_(SHOWN[:1] if unseen else SHOWN),
        )
        .order_by(notice.c.queued_at.desc(), notice.c.notice.desc())
        .limit(limit + 1)
    )
    if after:
        key = tuple_(notice.c.queued_at, notice.c.notice)
        statement = statement.where(key < (datetime.fromisoformat(after[0]), UUID(after[1])))
    return [_view(row) for row in await tx.execute(statement)]


async def one_notice(
    tx: AsyncConnection, identifier: UUID, principal: Principal
) -> NoticeView | None:
    """Give one notice of the organisation."""
    statement = select(notice).where(
        notice.c.notice == identifier,
        notice.c.org == principal.organisation,
        notice.c.state.in_(SHOWN),
    )
    row = (await tx.execute(statement)).one_or_none()
    return None if row is None else _view(row)


async def deliveries(
    tx: AsyncConnection, identifier: UUID, principal: Principal
) -> Sequence[DeliveryView]:
    """Give how a notice of the organisation fared on each channel."""
    statement = (
        select(delivery)
        .where(delivery.c.notice == identifier, delivery.c.org == principal.organisation)
        .order_by(delivery.c.channel)
    )
    return [
        DeliveryView(channel=row.channel, attempts=row.attempts, state=row.state)
        for row in await tx.execute(statement)
    ]


def _view(row: Row[Any]) -> NoticeView:
    return NoticeView(
        notice=row.notice,
        case=row.case_id,
        kind=row.kind,
        about=row.about,
        act_by=row.act_by,
        queued_at=row.queued_at,
        state=row.state,
        event_id=row.event_id,
    )
