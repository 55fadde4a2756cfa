"""Delivers notices: plans channels, tries each with back-off, records every attempt.

One worker is elected. A crash between a channel's answer and its record repeats the notice under
the same id; nothing is ever left out.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

import structlog

from nrm_contracts.codes import NotificationChannel, NotificationKind
from nrm_contracts.organisations import Organisation, Organisations, organisations
from nrm_notifications.domain import commands as ask
from nrm_notifications.tasks.channels import (
    Letter,
    NotDelivered,
    send_email,
    send_webhook,
    webhook_secret,
)
from nrm_runtime.core import Automatic, Command
from nrm_runtime.service import Running
from nrm_runtime.store.engine import candidacy, elect, is_away, is_busy, still_there
from nrm_runtime.store.errors import Outpaced
from nrm_runtime.store.execute import execute

OFFICE: Final = "deliveries"
POLL_S: Final = 0.25
STANDBY_S: Final = 1.0
BACKOFF_S_MAX: Final = 30.0
BATCH_MAX: Final = 50
ATTEMPTS_MAX: Final = 12
FIRST_PAUSE: Final = timedelta(seconds=5)
LONGEST_PAUSE: Final = timedelta(hours=6)

_PLAN: Final = """
SELECT n.notice, n.case_id, n.org, n.queued_at FROM nrm.notice n
WHERE n.state = 'queued' AND NOT n.planned ORDER BY n.queued_at, n.notice LIMIT $1
"""
_OPEN: Final = """
SELECT d.notice, d.channel, d.attempts, n.case_id, n.org, n.kind, n.about, n.queued_at
FROM nrm.delivery d JOIN nrm.notice n USING (notice)
WHERE d.state = 'open' AND d.again_at <= $1 AND n.state = 'queued'
ORDER BY d.again_at, d.notice, d.channel LIMIT $2
"""
_log = structlog.get_logger()


class Deliveries:
    """Works off what is to be delivered."""

    def __init__(self, running: Running) -> None:
        """Work with the pools of `running`."""
        self._running = running
        path = running.settings.organisations
        self._known = organisations(path) if path else Organisations(organisations=())
        self._by = Automatic(service=running.service.name)

    async def one_round(self) -> bool:
        """Plan and try what is due; say whether there was anything."""
        now = await self._running.clock.now()
        planned = await self._rows(_PLAN, (BATCH_MAX,))
        for row in planned:
            await self._plan(row, now)
        due = await self._rows(_OPEN, (now, BATCH_MAX))
        for row in due:
            await self._try(row, now)
        return bool(planned or due)

    async def _plan(self, row: Any, now: datetime) -> None:  # noqa: ANN401 - a row
        found = self._known.get(row.org)
        command = ask.PlanDeliveries(
            id=uuid5(row.notice, f"plan/{row.queued_at.isoformat()}"),
            by=self._by,
            at=now,
            notice=row.notice,
            channels=self._channels(found),
        )
        await self._execute(row.case_id, command, now)

    def _channels(self, found: Organisation | None) -> frozenset[NotificationChannel]:
        channels = set()
        if found and found.email and self._running.settings.smtp:
            channels.add(NotificationChannel.EMAIL)
        if found and found.webhook:
            channels.add(NotificationChannel.WEBHOOK)
        return frozenset(channels)

    async def _try(self, row: Any, now: datetime) -> None:  # noqa: ANN401 - a row
        attempt = row.attempts + 1
        channel = NotificationChannel(row.channel)
        succeeded = await self._send(row, channel)
        command = ask.RecordAttempt(
            id=uuid5(row.notice, f"{channel}/{row.queued_at.isoformat()}/{attempt}"),
            by=self._by,
            at=now,
            notice=row.notice,
            channel=channel,
            succeeded=succeeded,
            final=not succeeded and attempt >= ATTEMPTS_MAX,
            again_at=now + min(FIRST_PAUSE * 2**attempt, LONGEST_PAUSE),
        )
        await self._execute(row.case_id, command, now)

    async def _send(self, row: Any, channel: NotificationChannel) -> bool:  # noqa: ANN401
        found, settings = self._known.get(row.org), self._running.settings
        if found is None:
            return False
        letter = Letter(
            notice=row.notice, kind=NotificationKind(row.kind), about=row.about, to=found
        )
        try:
            if channel is NotificationChannel.EMAIL and settings.smtp:
                await send_email(letter, settings.smtp)
            else:
                secret = webhook_secret(settings.secret, found.id)
                await send_webhook(letter, secret, loopback_allowed=settings.development)
        except NotDelivered as refused:
            _log.warning("notice.not_delivered", channel=channel.value, code=refused.code)
            return False
        return True

    async def _execute(self, case: UUID, command: Command, now: datetime) -> None:
        running = self._running
        try:
            async with running.app.begin() as tx:
                await execute(running.service.machine, tx, running.vault, case, command, now=now)
        except Outpaced:
            _log.info("notice.outpaced")  # the next round looks again

    async def _rows(self, statement: str, parameters: tuple[object, ...]) -> Sequence[Any]:
        # Its own organisation's rows are all a web request sees; the worker delivers for all.
        async with self._running.app.begin() as tx:
            await tx.exec_driver_sql('SET LOCAL ROLE "nrm_notifications_projector"')
            return (await tx.exec_driver_sql(statement, parameters)).all()


async def run_deliveries(running: Running) -> None:
    """Deliver for ever while elected; stand by otherwise; wait while the database is away."""
    backoff = POLL_S
    while True:
        try:
            async with candidacy(running.election) as office:
                while not await elect(office, OFFICE):
                    backoff = POLL_S
                    await asyncio.sleep(STANDBY_S)
                deliveries = Deliveries(running)
                while True:
                    await still_there(office)
                    backoff = POLL_S
                    if not await deliveries.one_round():
                        await asyncio.sleep(POLL_S)
        except Exception as error:
            if not (is_away(error) or is_busy(error)):
                raise
            _log.warning("deliveries.away", error=type(error).__name__)
            await asyncio.sleep(backoff)
            backoff = min(backoff * 2, BACKOFF_S_MAX)
