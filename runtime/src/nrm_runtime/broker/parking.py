"""What stands aside: parked messages, quarantined cases, and what an operator may do about them.

Statements only (`sql/0006_broker.sql`); when to use them is decided in `hears`. All run in the
caller's transaction.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_runtime.broker.fates import BEHIND, DROPPED, EARLY, GAP, POISON
from nrm_runtime.broker.letter import Letter

LISTED_MAX: Final = 500
LOG_WENT_BACK: Final = "log-went-back"  # kind of an alarm: the broker lost what it acknowledged
SWEPT_MAX: Final = 100
RIPENING: Final = (GAP, EARLY, DROPPED)
ALL_KINDS: Final = (*RIPENING, BEHIND, POISON)

_ASIDE: Final = "SELECT set_aside($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
_TURN: Final = """
SELECT topic, partition_no, offset_no, message_id, case_ref, stream, told, handler, body
FROM parked_placed WHERE consumer = $1 AND case_ref = $2 AND told <= next_told
  AND kind = ANY ($3) AND message_id <> ALL ($4) ORDER BY topic, stream, told LIMIT 1
"""
_LIST: Final = """
SELECT p.consumer, p.case_ref, q.since, q.reason, p.message_id, p.topic, p.partition_no,
       p.offset_no, p.stream, p.told, p.kind, p.handler, p.reason, p.attempts, p.heard_at
FROM parked p LEFT JOIN quarantine q USING (consumer, case_ref) WHERE p.consumer = $1
ORDER BY q.since NULLS LAST, p.case_ref, p.topic, p.stream, p.told, p.id LIMIT $2
"""
_REFUSED: Final = """
INSERT INTO refusal (consumer, message_id, ordinal, case_ref, type, code)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """One message that stands aside, as an operator sees it; never its body.

    `since` and `why` tell of the quarantine of its case, absent where the case is in none.
    """

    consumer: str
    case: UUID | None
    since: datetime | None
    why: str | None
    message: UUID
    topic: str
    partition: int
    offset: int
    stream: UUID | None
    told: int | None
    kind: str
    type: str | None
    reason: str
    attempts: int
    heard_at: datetime


async def set_aside(
    tx: AsyncConnection, consumer: str, letter: Letter, kind: str, reason: str
) -> None:
    """Keep a letter aside. One that heads a quarantine (`poison`) stops its case as well.

    A letter kept before keeps its reason unless it has been tried again since.
    """
    it = letter
    place = (it.topic, it.partition, it.offset, it.message, it.case, it.stream, it.told)
    kept = (it.type, it.body, kind, reason, kind in {POISON, EARLY}, kind == POISON)
    await tx.exec_driver_sql(_ASIDE, (consumer, *place, *kept))


async def unpark(tx: AsyncConnection, consumer: str, messages: Sequence[UUID]) -> None:
    """Forget that letters stood aside: they have had their effect."""
    sql = "DELETE FROM parked WHERE consumer = $1 AND message_id = ANY ($2)"
    await tx.exec_driver_sql(sql, (consumer, list(messages)))


async def stood_aside(tx: AsyncConnection, consumer: str, message: UUID) -> bool:
    """Say whether a letter without a place is parked or was dropped already."""
    found = await tx.exec_driver_sql("SELECT stood_aside($1, $2)", (consumer, message))
    return bool(found.scalar_one())


async def next_in_turn(
    tx: AsyncConnection, consumer: str, case: UUID, kinds: Sequence[str], tried: Collection[UUID]
) -> Letter | None:
    """Give the next parked letter of a case whose number has come, leaving out those tried."""
    found = await tx.exec_driver_sql(_TURN, (consumer, case, list(kinds), list(tried)))
    row: Any = found.one_or_none()
    if row is None:
        return None
    names = ("topic", "partition", "offset", "message", "case", "stream", "told")
    return Letter(
        **dict(zip(names, row, strict=False)),
        named=True,
        type=row.handler or "",
        stored_at=None,
        traceparent=None,
        body=row.body or b"",
    )


async def ripe_cases(tx: AsyncConnection, consumer: str) -> list[UUID]:
    """Give cases with a parked letter whose turn has come, none of them in quarantine."""
    sql = "SELECT case_ref FROM parked_ripe WHERE consumer = $1 LIMIT $2"
    return list((await tx.exec_driver_sql(sql, (consumer, SWEPT_MAX))).scalars())


async def gaps(tx: AsyncConnection, consumer: str) -> list[tuple[str, int]]:
    """Give topic and partition of what waits too long for a number that is not here either."""
    sql = "SELECT topic, partition_no FROM parked_gap WHERE consumer = $1"
    rows: Sequence[Any] = (await tx.exec_driver_sql(sql, (consumer,))).all()
    return [(row[0], row[1]) for row in rows]


async def release(tx: AsyncConnection, consumer: str, case: UUID) -> bool:
    """End a quarantine behind which nothing is held any more; True when the case flows."""
    found = await tx.exec_driver_sql("SELECT release_case($1, $2)", (consumer, case))
    return bool(found.scalar_one())


async def drop(tx: AsyncConnection, consumer: str, message: UUID, by: str) -> bool:
    """Give a parked letter up, on record under the client `by`; False when it is not parked."""
    found = await tx.exec_driver_sql("SELECT drop_parked($1, $2, $3)", (consumer, message, by))
    return bool(found.scalar_one())


async def case_of(tx: AsyncConnection, consumer: str, message: UUID) -> UUID | None:
    """Give the case of a parked letter."""
    sql = "SELECT case_ref FROM parked WHERE consumer = $1 AND message_id = $2"
    found: UUID | None = (await tx.exec_driver_sql(sql, (consumer, message))).scalar_one_or_none()
    return found


async def list_aside(tx: AsyncConnection, consumer: str, limit: int = LISTED_MAX) -> list[Aside]:
    """Give what stands aside, quarantined cases first, in order."""
    found = await tx.exec_driver_sql(_LIST, (consumer, limit))
    return [Aside(**dict(zip(Aside.__slots__, row, strict=True))) for row in found]


async def record_refusal(
    tx: AsyncConnection, consumer: str, letter: Letter, ordinal: int, code: str
) -> None:
    """Remember that a machine refused a policy's command; the case goes on."""
    row = (consumer, letter.message, ordinal, letter.case, letter.type, code)
    await tx.exec_driver_sql(_REFUSED, row)


async def republish(
    tx: AsyncConnection, topic: str | None = None, first: int | None = None, last: int | None = None
) -> int:
    """Let the relay tell a range of the outbox again (all of it by default); gives the count.

    Alarms about the log of that topic are settled by it.
    """
    found = await tx.exec_driver_sql("SELECT republish($1, $2, $3)", (topic, first, last))
    about = "" if topic is None else f"{topic}/"
    await tx.exec_driver_sql("SELECT settle_alarms($1, $2)", (LOG_WENT_BACK, about))
    return int(found.scalar_one())
