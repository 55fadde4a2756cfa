"""Erasing a person: a tombstone first, then key, salt and ciphertext, then the fact."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_runtime.core import Actor, Automatic, Worker
from nrm_runtime.persons.reading import READS
from nrm_runtime.service import Erasure, Running
from nrm_runtime.store.append import Origin
from nrm_runtime.store.engine import candidacy, elect, is_away, is_busy, still_there
from nrm_runtime.store.errors import Outpaced, VaultAway
from nrm_runtime.store.execute import record
from nrm_runtime.store.streams import stream_id

POLL_S: Final = 1.0
BACKOFF_S_MAX: Final = 30.0
BATCH_MAX: Final = 20
OFFICE: Final = "erasures"

_ASK: Final = "SELECT ask_erasure($1, $2, $3, $4, $5, $6)"
_OPEN: Final = """
SELECT person, case_ref, org, worker, ground, asked_at, destroyed_at FROM erasure
WHERE told_at IS NULL ORDER BY asked_at, person LIMIT $1
"""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Tombstone:
    person: UUID
    case: UUID
    org: UUID | None
    worker: UUID | None
    ground: str
    asked_at: datetime
    destroyed_at: datetime | None

    def by(self, service: str) -> Actor:
        if self.org is None or self.worker is None:
            return Automatic(service=service)
        return Worker(organisation=self.org, worker=self.worker, country="", kind="")


async def ask_erasure(
    tx: AsyncConnection, person: UUID, case: UUID, *, by: Actor, ground: str, at: datetime
) -> bool:
    """Set the tombstone; say whether there was none. `ground` is a code, never free text.

    From the caller's commit on nothing is written or read about the person in this service; a
    worker then destroys key, salts and ciphertexts and tells it (`run_erasures`).
    """
    org, worker = (by.organisation, by.worker) if isinstance(by, Worker) else (None, None)
    found = await tx.exec_driver_sql(_ASK, (person, case, org, worker, ground, at))
    return bool(found.scalar_one())


async def finish_erasures(running: Running) -> int:
    """Carry every tombstone to its end; give how many were told now.

    Each step commits by itself and may be repeated, so a crash anywhere is resumed. Raises
    `VaultAway` when a key cannot be destroyed: then nothing is told.
    """
    async with running.app.connect() as connection:
        rows: Sequence[Any] = (await connection.exec_driver_sql(_OPEN, (BATCH_MAX,))).all()
    for row in rows:
        tombstone = _Tombstone(*row)
        if tombstone.destroyed_at is None:
            await destroy(running, tombstone.person)
        await _tell(running, tombstone)
    return len(rows)


async def destroy(running: Running, person: UUID) -> int:
    """Destroy a person's key, then salts and ciphertexts; give how many documents went."""
    await running.vault.forget(person)
    async with running.eraser.begin() as tx:
        return int((await tx.exec_driver_sql("SELECT erase($1)", (person,))).scalar_one())


async def run_erasures(running: Running) -> None:
    """Finish erasures, for ever, while elected; waits while an engine is away."""
    backoff = POLL_S
    while True:
        try:
            async with candidacy(running.election) as office:
                while not await elect(office, OFFICE):  # noqa: ASYNC110 - asks the database
                    await asyncio.sleep(POLL_S)
                while True:
                    await still_there(office)
                    await finish_erasures(running)
                    backoff = POLL_S
                    await asyncio.sleep(POLL_S)
        except Exception as error:
            known = isinstance(error, VaultAway | Outpaced)
            if not (known or is_away(error) or is_busy(error)):
                raise
            _log.warning("erasures.away", error_type=type(error).__name__)
            await asyncio.sleep(backoff)
            backoff = min(backoff * 2, BACKOFF_S_MAX)


async def _tell(running: Running, tombstone: _Tombstone) -> None:
    service = running.service
    if service.erased is None:
        msg = f"{service.name} cannot tell an erasure"
        raise RuntimeError(msg)
    contract = service.erased(
        Erasure(person=tombstone.person, case=tombstone.case, ground=tombstone.ground)
    )
    async with running.app.begin() as tx:
        await record(
            tx,
            service=service.name,
            stream=stream_id(service.name, READS, tombstone.case),
            case=tombstone.case,
            contract=contract,
            origin=Origin(
                command=uuid5(tombstone.person, f"{service.name}/erased"),
                by=tombstone.by(service.name),
            ),
            at=tombstone.asked_at,
            now=await running.clock.now(),
        )
        await tx.exec_driver_sql("SELECT finish_erasure($1)", (tombstone.person,))


__all__ = ["ask_erasure", "destroy", "finish_erasures", "run_erasures"]
