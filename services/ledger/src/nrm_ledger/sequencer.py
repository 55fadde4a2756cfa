"""Gives entries their place in the log, grows the tree, and has its checkpoints signed.

One sequencer at a time, elected by an advisory lock that is lost with its connection. A batch
is two transactions: leaves and the tree's state, then, once the signer has signed that size,
the note. A crash between them loses nothing: whatever size was committed is taken up and signed
by the next sequencer, an index is never given twice, and the signer answers the same again.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog
from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from nrm_ledger.domain.checkpoint import Checkpoint, open_checkpoint
from nrm_ledger.domain.keys import VerifierKey
from nrm_ledger.domain.merkle import HASH_BYTES, Frontier
from nrm_ledger.domain.proof import consistency_from
from nrm_ledger.domain.signing import SigningRefused
from nrm_ledger.signer import SignerAway, SignerClient
from nrm_runtime.service import Running
from nrm_runtime.settings import Misconfigured
from nrm_runtime.store.engine import (
    candidacy,
    elect,
    is_away,
    is_busy,
    make_election_engine,
    make_engine,
    still_there,
)
from nrm_runtime.store.errors import CONTINUITY, OUTPACED, sqlstate

OFFICE: Final = "sequencer"
BATCH_MAX: Final = 500
LINGER_S: Final = 0.2  # entries wait so long for company, so that idle hours make few checkpoints
STANDBY_S: Final = 0.5
AWAY_WAIT_S: Final = 1.0
REFUSED_WAIT_S: Final = 5.0
AWAKE_S: Final = 1.0  # the server ends an elected session that is silent for three
LEAVES_AT_ONCE: Final = 50_000  # read back after a crash, to prove that the tree only grew

_WAITING: Final = """
SELECT pos, hash FROM waiting JOIN entry e USING (pos)
WHERE NOT EXISTS (SELECT FROM leaf l WHERE l.event_id = e.event_id) ORDER BY pos LIMIT $1
"""
_GROW: Final = "SELECT grow_tree($1, $2, $3, $4, $5, $6)"
_TREE: Final = "SELECT size, frontier FROM tree ORDER BY size DESC LIMIT 1"
_TREE_OF: Final = "SELECT size, frontier FROM tree WHERE size = $1"
_LEAVES: Final = "SELECT leaf_hash FROM leaf WHERE idx >= $1 AND idx < $2 ORDER BY idx"
_KEPT: Final = "SELECT max(size) FROM checkpoint"
_KEEP: Final = "SELECT keep_checkpoint($1, $2, $3, $4)"
_FIND: Final = "SELECT find_waiting()"
_NO_HURRY: Final = "SET LOCAL statement_timeout = 0"
_ALARM: Final = "SELECT raise_alarm($1, $2, $3)"
_SETTLE: Final = "SELECT settle_alarms($1, $2)"

STANDS_STILL: Final = "ledger-stands-still"  # kinds of alarms
CHECKPOINT_LATE: Final = "checkpoint-late"
LATE_S: Final = 60.0  # entries without a signed checkpoint for so long are worth an alarm


_log: Any = structlog.get_logger("nrm.sequencer")


class LogWentBack(Exception):
    """The database does not hold what was signed: it was cut, rewritten or restored.

    Nothing is added to such a log. Somebody has to bring the lost part back.
    """


class Sequencer:
    """The one that grows the log; `office` is a connection outside transactions."""

    def __init__(self, office: AsyncConnection, signer: SignerClient) -> None:
        """Prepare; `adopt` comes before everything else."""
        self._office = office
        self._signer = signer
        self._key: VerifierKey | None = None
        self._signed = Frontier()  # what the signer signed last
        self._since: list[bytes] = []  # leaf hashes after that
        self.frontier = Frontier()
        self.kept = 0  # the size of the newest checkpoint in the database

    @property
    def unsigned(self) -> bool:
        """Whether the tree is larger than its newest kept checkpoint."""
        return self.frontier.size > self.kept

    async def adopt(self) -> None:
        """Take up the tree as it was committed, whoever committed it."""
        found = (await self._office.exec_driver_sql(_TREE)).one_or_none()
        self.frontier = Frontier() if found is None else _frontier(found)
        self.kept = (await self._office.exec_driver_sql(_KEPT)).scalar_one() or 0
        self._key = None

    async def meet(self) -> None:
        """Ask the signer what it signed last, and hold the log against it.

        Raises `SignerAway`, and `LogWentBack` where the log does not hold that checkpoint.
        """
        key, last = await self._signer.tell()
        signed = Frontier()
        if last is not None:
            found = (await self._office.exec_driver_sql(_TREE_OF, (last.size,))).one_or_none()
            if found is None:
                raise LogWentBack
            signed = _frontier(found)
            if signed.root() != last.root:
                raise LogWentBack
        self._since = await self._leaves(signed.size, self.frontier.size)
        if signed.grow(self._since).frontier != self.frontier:
            raise LogWentBack
        self._signed, self._key = signed, key

    async def grow(self, batch: int = BATCH_MAX) -> int:
        """Give the next entries their places; gives their number, at most `batch`."""
        found = (await self._office.exec_driver_sql(_WAITING, (batch,))).all()
        if not found:
            return 0
        leaves = [bytes(row.hash) for row in found]
        grown = self.frontier.grow(leaves)
        nodes = sorted(grown.rows.items())
        await self._office.exec_driver_sql(
            _GROW,
            (
                self.frontier.size,
                [row.pos for row in found],
                [level for (level, _), _ in nodes],
                [index for (_, index), _ in nodes],
                [hash_ for _, hash_ in nodes],
                b"".join(grown.frontier.hashes),
            ),
        )
        self.frontier = grown.frontier
        self._since += leaves
        return len(leaves)

    async def sign(self) -> None:
        """Have the tree as it is signed, and keep the note.

        Raises `SignerAway`, `LogWentBack`, and `SigningRefused` where another sequencer had a
        larger tree signed; the caller then adopts anew.
        """
        if self._key is None:
            await self.meet()
            assert self._key is not None
        size, root = self.frontier.size, self.frontier.root()
        proof = consistency_from(self._signed, self._since) if self._signed.size else ()
        note = await self._signer.sign(size, root, proof)
        self._signed, self._since = self.frontier, []
        if open_checkpoint(note, self._key) != Checkpoint(self._key.name, size, root):
            raise SigningRefused("other")
        await self._office.exec_driver_sql(_KEEP, (size, root, note, self._key.text))
        self.kept = size

    async def stay(self) -> None:
        """Keep the office for a moment without doing anything."""
        await still_there(self._office)
        await asyncio.sleep(STANDBY_S)

    async def alarm(self, kind: str, reason: str) -> None:
        """Raise an alarm, once until it is settled."""
        await self._office.exec_driver_sql(_ALARM, (kind, OFFICE, reason))

    async def settle(self, kind: str) -> None:
        """Settle the alarms of a kind."""
        await self._office.exec_driver_sql(_SETTLE, (kind, OFFICE))

    async def _leaves(self, start: int, end: int) -> list[bytes]:
        leaves: list[bytes] = []
        while start + len(leaves) < end:
            first = start + len(leaves)
            last = min(first + LEAVES_AT_ONCE, end)
            found = (await self._office.exec_driver_sql(_LEAVES, (first, last))).scalars().all()
            if len(found) != last - first:
                raise LogWentBack
            leaves += map(bytes, found)
        return leaves


async def run_sequencer(held: Running, *, late_s: float = LATE_S) -> None:
    """Stand for election and sequence while elected; a task of the ledger's worker.

    An alarm is raised when no checkpoint comes for `late_s` seconds.
    """
    settings = held.settings
    if settings.signer is None:
        raise Misconfigured("NRM_SIGNER: missing")
    url = settings.database_url("sequencer")
    elections, engine = make_election_engine(url), make_engine(url, pool_size=1)
    signer = SignerClient(settings.signer)
    try:
        while True:
            try:
                async with candidacy(elections) as office:
                    await _elected(office)
                    await _find(engine, office)
                    await _serve(Sequencer(office, signer), late_s)
            except Exception as error:  # noqa: BLE001 - sorted there: what is no engine's fault rises
                await asyncio.sleep(await _pause_after(error, engine))
    finally:
        await elections.dispose()
        await engine.dispose()


async def find_waiting(engine: AsyncEngine) -> int:
    """Put entries without a leaf back on the waiting list; gives how many had fallen off it."""
    async with engine.begin() as tx:
        await tx.exec_driver_sql(_NO_HURRY)
        return int((await tx.exec_driver_sql(_FIND)).scalar_one())


async def _elected(office: AsyncConnection) -> None:
    """Stand for election until elected; whoever holds the office says nothing when it ends."""
    while True:
        if await elect(office, OFFICE):
            return
        await asyncio.sleep(STANDBY_S)


async def _find(engine: AsyncEngine, office: AsyncConnection) -> None:
    """Find what fell off the list before anything grows: a stream's entries stay in order."""
    finding = asyncio.create_task(find_waiting(engine))
    try:
        while not (await asyncio.wait({finding}, timeout=AWAKE_S))[0]:
            await still_there(office)
    finally:
        finding.cancel()
    lost = finding.result()
    if lost:
        _log.warning("sequencer.found_waiting", count=lost)


async def _serve(sequencer: Sequencer, late_s: float) -> None:
    """Grow and sign until the office is lost. Before the signer agreed once, nothing grows."""
    await sequencer.adopt()
    _log.info("sequencer.elected", size=sequencer.frontier.size)
    punctual = Punctual(sequencer, late_s)
    while not await _tried(sequencer.meet):
        await sequencer.stay()
        await punctual.look(signed=False)
    await sequencer.settle(STANDS_STILL)
    met = True
    while True:
        grown = await sequencer.grow()
        if sequencer.unsigned:
            met = (met or await _tried(sequencer.meet)) and await _tried(sequencer.sign)
        await punctual.look(signed=not sequencer.unsigned)
        if grown < BATCH_MAX:
            await asyncio.sleep(LINGER_S)


class Punctual:
    """Raises an alarm when no checkpoint comes in time, and settles it when one does."""

    def __init__(self, sequencer: Sequencer, late_s: float) -> None:
        """Begin to count."""
        self._sequencer = sequencer
        self._late_s = late_s
        self._since: float | None = time.monotonic()
        self._raised: bool | None = None  # not known: an earlier term may have raised it

    async def look(self, *, signed: bool) -> None:
        """Take in whether all that has a place is signed."""
        now = time.monotonic()
        if signed:
            self._since = None
            if self._raised is not False:
                await self._sequencer.settle(CHECKPOINT_LATE)
                self._raised = False
            return
        self._since = now if self._since is None else self._since
        if self._raised is not True and now - self._since > self._late_s:
            _log.error("sequencer.checkpoint_late", seconds=int(now - self._since))
            await self._sequencer.alarm(CHECKPOINT_LATE, "the signer does not sign")
            self._raised = True


async def _tried(ask: Callable[[], Awaitable[None]]) -> bool:
    """Ask the signer something; False when it is away."""
    try:
        await ask()
    except SignerAway:
        return False
    return True


async def _pause_after(error: Exception, engine: AsyncEngine) -> float:
    """Sort what ended a term of office: gives the seconds to wait, or raises what is a fault."""
    code = _standstill(error)
    if code is not None:
        _log.error("sequencer.stands_still", code=code)
        with contextlib.suppress(DBAPIError, OSError):  # the log line stands in any case
            async with engine.begin() as tx:
                await tx.exec_driver_sql(_ALARM, (STANDS_STILL, OFFICE, code))
        return REFUSED_WAIT_S
    if not (is_away(error) or is_busy(error) or sqlstate(error) == OUTPACED):
        raise error
    _log.warning("sequencer.lost_office", error_type=type(error).__name__)
    return AWAY_WAIT_S


def _standstill(error: BaseException) -> str | None:
    """Give the code of a fault that only people can settle: nothing grows until they have."""
    if isinstance(error, SigningRefused):
        return error.code
    if isinstance(error, LogWentBack):
        return "ledger-went-back"
    return "discontinued" if sqlstate(error) in CONTINUITY else None


def _frontier(row: Row[Any]) -> Frontier:
    size, hashes = row.size, bytes(row.frontier)
    parts = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
    try:
        return Frontier(size, tuple(parts))
    except ValueError as error:
        raise LogWentBack from error


__all__ = ["LogWentBack", "Sequencer", "find_waiting", "run_sequencer"]
