"""Sessions and attempts as rows: found by a hash, sealed, ended by time."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from nrm_pages.sealing import NotSealedHere, Sealing
from nrm_pages.settings import DeskSettings
from nrm_pages.signin.provider import Told

ATTEMPT: Final = timedelta(minutes=10)
SEEN_EVERY: Final = timedelta(seconds=30)

_ATTEMPT: Final = "INSERT INTO desk_attempt VALUES ($1, $2, $3)"
_TAKE: Final = "DELETE FROM desk_attempt WHERE id = $1 RETURNING sealed, ends_at"
_OLD_ATTEMPTS: Final = "DELETE FROM desk_attempt WHERE ends_at <= $1"
_BEGIN: Final = "INSERT INTO desk_session VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)"
_FIND: Final = "SELECT * FROM desk_session WHERE id = $1 AND ends_at > $2 AND seen_at > $3"
_HOLD: Final = f"{_FIND} FOR UPDATE"
_SEEN: Final = "UPDATE desk_session SET seen_at = greatest(seen_at, $2) WHERE id = $1"
_RESEAL: Final = "UPDATE desk_session SET sealed = $2, acr = $3 WHERE id = $1"
_END: Final = "DELETE FROM desk_session WHERE id = $1 RETURNING sealed"
_END_ALL: Final = "DELETE FROM desk_session WHERE provider_session = $1"
_OLD: Final = "DELETE FROM desk_session WHERE ends_at <= $1 OR seen_at <= $2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One session as it lies in the database, opened."""

    id: bytes
    worker: UUID
    organisation: UUID
    told: Told
    begun_at: datetime
    seen_at: datetime
    ends_at: datetime


def named(secret: str) -> bytes:
    """Give the id under which a secret of a browser is kept."""
    return hashlib.sha256(secret.encode()).digest()


class Sessions:
    """The rows of one service; every method says which time it is (real time, UTC)."""

    def __init__(self, engine: AsyncEngine, sealing: Sealing, settings: DeskSettings) -> None:
        """Use the service's database by its role `app`."""
        self.engine = engine
        self._sealing = sealing
        self._settings = settings

    async def attempt(self, state: str, kept: Mapping[str, str], now: datetime) -> None:
        """Remember a sign-in that begins."""
        name = named(state)
        sealed = await self._sealing.seal(json.dumps(dict(kept)).encode(), b"attempt" + name)
        async with self.engine.begin() as tx:
            await tx.exec_driver_sql(_OLD_ATTEMPTS, (now,))
            await tx.exec_driver_sql(_ATTEMPT, (name, sealed, now + ATTEMPT))

    async def take(self, state: str, now: datetime) -> Mapping[str, str] | None:
        """Give what was remembered of a sign-in, once."""
        name = named(state)
        async with self.engine.begin() as tx:
            found = (await tx.exec_driver_sql(_TAKE, (name,))).one_or_none()
        if found is None or found.ends_at <= now:
            return None
        try:
            kept = json.loads(await self._sealing.open(found.sealed, b"attempt" + name))
        except NotSealedHere:
            return None
        return {str(key): str(value) for key, value in kept.items()}

    async def begin(
        self, secret: str, told: Told, worker: UUID, organisation: UUID, now: datetime
    ) -> None:
        """Begin a session, and forget those that time has ended."""
        name, sid = named(secret), told.sid or None
        sealed, ends = await self._seal(name, told), now + self._settings.life
        async with self.engine.begin() as tx:
            await tx.exec_driver_sql(_OLD, (now, now - self._settings.idle))
            row = (name, worker, organisation, sealed, told.acr, sid, now, ends)
            await tx.exec_driver_sql(_BEGIN, row)

    async def find(self, name: bytes, now: datetime) -> Row | None:
        """Give a session that time has not ended."""
        async with self.engine.begin() as tx:
            found = await tx.exec_driver_sql(_FIND, (name, now, now - self._settings.idle))
            return await self._row(found.one_or_none())

    async def hold(self, tx: AsyncConnection, name: bytes, now: datetime) -> Row | None:
        """Give a session and keep others from changing it until the transaction ends."""
        found = await tx.exec_driver_sql(_HOLD, (name, now, now - self._settings.idle))
        return await self._row(found.one_or_none())

    async def seen(self, row: Row, now: datetime) -> None:
        """Note that its person did something; written now and then only."""
        if now - row.seen_at >= min(SEEN_EVERY, self._settings.idle / 10):
            async with self.engine.begin() as tx:
                await tx.exec_driver_sql(_SEEN, (row.id, now))

    async def reseal(self, tx: AsyncConnection, name: bytes, told: Told) -> None:
        """Keep new tokens."""
        await tx.exec_driver_sql(_RESEAL, (name, await self._seal(name, told), told.acr))

    async def end(self, name: bytes) -> Told | None:
        """End a session; give what it held, for the provider to be told."""
        async with self.engine.begin() as tx:
            found = (await tx.exec_driver_sql(_END, (name,))).one_or_none()
        return None if found is None else await self._open(name, found.sealed)

    async def end_provider_session(self, sid: str) -> int:
        """End every session that one sign-in at the provider began; give how many."""
        async with self.engine.begin() as tx:
            return int((await tx.exec_driver_sql(_END_ALL, (sid,))).rowcount)

    async def _row(self, found: Any) -> Row | None:  # noqa: ANN401 - a row of the driver
        told = None if found is None else await self._open(found.id, found.sealed)
        if told is None:
            return None
        return Row(
            id=found.id,
            worker=found.worker,
            organisation=found.organisation,
            told=told,
            begun_at=found.begun_at,
            seen_at=found.seen_at,
            ends_at=found.ends_at,
        )

    async def _seal(self, name: bytes, told: Told) -> bytes:
        kept = {part: getattr(told, part) for part in Told.__slots__}
        text = json.dumps(kept | {"ends": told.ends.isoformat()})
        return await self._sealing.seal(text.encode(), b"session" + name)

    async def _open(self, name: bytes, sealed: bytes) -> Told | None:
        try:
            kept = json.loads(await self._sealing.open(sealed, b"session" + name))
        except NotSealedHere:
            return None
        return Told(**{**kept, "ends": datetime.fromisoformat(kept["ends"])})
