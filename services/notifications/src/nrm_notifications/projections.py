"""What notifications remembers for its inboxes and for its own deliveries."""

from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_notifications.domain import events as fact
from nrm_notifications.domain.notice import Notice
from nrm_notifications.models import delivery, notice
from nrm_runtime.store.machine import Applied


async def project(tx: AsyncConnection, applied: Applied[Notice, fact.NoticeEvent]) -> None:
    """Write the rows that an event touches."""
    event = applied.event
    match event:
        case fact.NoticeScheduled() | fact.NoticeQueued():
            await _written(tx, applied, event)
        case fact.NoticeCancelled():
            await _moved(tx, applied, event.notice, state="cancelled")
        case fact.NoticeAcknowledged():
            await _moved(tx, applied, event.notice, state="acknowledged")
        case fact.DeliveriesPlanned():
            await _moved(tx, applied, event.notice, planned=True)
            await _planned(tx, applied, event)
        case fact.NoticeSent():
            row = {"state": "sent", "attempts": event.attempts}
            await _delivered(tx, applied, event, row)
        case fact.NoticeFailed():
            row = {
                "state": "failed" if event.final else "open",
                "attempts": event.attempts,
                "again_at": event.again_at,
            }
            await _delivered(tx, applied, event, row)


async def _written(
    tx: AsyncConnection,
    applied: Applied[Notice, fact.NoticeEvent],
    event: fact.NoticeScheduled | fact.NoticeQueued,
) -> None:
    waits = isinstance(event, fact.NoticeScheduled)
    row = {
        "org": event.organisation,
        "case_id": applied.case,
        "kind": event.kind,
        "about": event.about,
        "act_by": event.act_by,
        "queued_at": None if waits else event.at,
        "remind_at": event.remind.at if isinstance(event, fact.NoticeScheduled) else None,
        "state": "waiting" if waits else "queued",
        "planned": False,
        "event_id": applied.event_id,
    }
    statement = insert(notice).values(notice=event.notice, **row)
    await tx.execute(statement.on_conflict_do_update(index_elements=["notice"], set_=row))


async def _moved(
    tx: AsyncConnection,
    applied: Applied[Notice, fact.NoticeEvent],
    identifier: object,
    **changes: Any,  # noqa: ANN401 - columns of the row
) -> None:
    await tx.execute(
        update(notice)
        .where(notice.c.notice == identifier)
        .values(event_id=applied.event_id, **changes)
    )


async def _planned(
    tx: AsyncConnection,
    applied: Applied[Notice, fact.NoticeEvent],
    event: fact.DeliveriesPlanned,
) -> None:
    organisation = applied.state.written.organisation  # type: ignore[union-attr]
    rows = [
        {
            "notice": event.notice,
            "channel": channel,
            "org": organisation,
            "attempts": 0,
            "state": "open",
            "again_at": event.at,
            "event_id": applied.event_id,
        }
        for channel in sorted(event.channels)
    ]
    for row in rows:
        statement = insert(delivery).values(**row)
        keys = ["notice", "channel"]
        await tx.execute(statement.on_conflict_do_update(index_elements=keys, set_=row))


async def _delivered(
    tx: AsyncConnection,
    applied: Applied[Notice, fact.NoticeEvent],
    event: fact.NoticeSent | fact.NoticeFailed,
    changes: dict[str, Any],
) -> None:
    await tx.execute(
        update(delivery)
        .where(delivery.c.notice == event.notice, delivery.c.channel == event.channel)
        .values(event_id=applied.event_id, **changes)
    )
