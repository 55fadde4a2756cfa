"""Nothing lost, nothing doubled, in order: what must hold over a whole copy that is at rest.

Everything is read as the superuser, straight from the tables, and compared across services: what
one told with what each hearer marked, what happened with what the ledger holds.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Final, TypeAlias
from uuid import UUID

import asyncpg

from nrm_cli.doors import Doors
from nrm_cli.scenario.clock import Clock
from nrm_runtime.broker.hears import topics_of
from tests.system.patience import until
from tests.system.whole import System

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

LEDGER: Final = "ledger"
LEDGER_TOPIC: Final = "nrm.ledger"
SIGNED_S: Final = 60.0

# Each names rows that must not exist, in every service.
FAULTS: Final[Mapping[str, str]] = {
    "a stream whose events are not numbered 1, 2, 3 …": """
        SELECT h.stream FROM stream_head h LEFT JOIN event e USING (stream) GROUP BY h.stream, h.seq
        HAVING count(e.seq) <> h.seq OR max(e.seq) <> h.seq OR min(e.seq) <> 1""",
    "an event whose entry has another hash": """
        SELECT event_id FROM event WHERE entry_hash <> sha256('\\x00'::bytea || entry)""",
    "an event without exactly one row for the ledger": f"""
        SELECT e.event_id FROM event e
        LEFT JOIN outbox o ON o.message_id = e.event_id AND o.topic = '{LEDGER_TOPIC}'
        GROUP BY e.event_id HAVING count(o.id) <> 1""",
    "a row for the ledger that is not the event's entry": f"""
        SELECT o.id FROM outbox o LEFT JOIN event e ON e.event_id = o.message_id
        WHERE o.topic = '{LEDGER_TOPIC}' AND o.body IS DISTINCT FROM e.entry""",
    "a stream whose messages are not counted 1, 2, 3 …": """
        SELECT topic, stream FROM outbox GROUP BY topic, stream
        HAVING count(*) <> max(told) OR min(told) <> 1
          OR count(DISTINCT message_id) <> max(told)""",
    "a stream that told another number than its head says": f"""
        SELECT h.stream FROM stream_head h
        LEFT JOIN outbox o ON o.stream = h.stream AND o.topic <> '{LEDGER_TOPIC}'
        GROUP BY h.stream, h.told HAVING count(o.id) <> h.told""",
    "a message that was never sent": "SELECT id FROM outbox WHERE sent_at IS NULL",
    "a message heard out of order": """
        SELECT topic, stream, told FROM (
          SELECT *, lag(told, 1, 0) OVER (PARTITION BY consumer, topic, stream
                                          ORDER BY heard_at, told) AS before FROM inbox) i
        WHERE told <> before + 1""",
    "a message that stands aside": "SELECT topic, kind, reason FROM parked",
    "a case in quarantine": "SELECT case_ref, reason FROM quarantine",
    "a deadline that its machine would not have": """
        SELECT stream, name, refused FROM deadline WHERE refused IS NOT NULL""",
    "an alarm that nobody settled": "SELECT kind, about FROM alarm WHERE settled_at IS NULL",
}

LEDGER_FAULTS: Final[Mapping[str, str]] = {
    "an entry without a leaf": """
        SELECT e.pos FROM entry e LEFT JOIN leaf l USING (event_id) WHERE l.idx IS NULL""",
    "a leaf that is not its entry's": """
        SELECT l.idx FROM leaf l LEFT JOIN entry e USING (event_id)
        WHERE e.hash IS DISTINCT FROM l.leaf_hash""",
    "a hole between leaves": """
        SELECT idx FROM (SELECT idx, row_number() OVER (ORDER BY idx) - 1 AS place FROM leaf) l
        WHERE idx <> place""",
    "a stream whose entries are not leaves in order": """
        SELECT stream, seq FROM (
          SELECT e.stream, e.seq,
            lag(e.seq, 1, 0) OVER (PARTITION BY e.stream ORDER BY l.idx) AS before
          FROM leaf l JOIN entry e USING (event_id)) s WHERE seq <> before + 1""",
    "an entry that waits although it has a leaf": """
        SELECT w.pos FROM waiting w JOIN entry e USING (pos) JOIN leaf l USING (event_id)""",
}


@dataclass(slots=True)
class Count:
    """What was counted in a copy at rest; the faults are sentences with their first row."""

    events: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    heard: dict[tuple[str, str], int] = field(default_factory=dict)
    entries: int = 0
    leaves: int = 0
    signed: int = 0
    faults: list[str] = field(default_factory=list)

    def zeros(self) -> list[str]:
        """Name what was never done: such a count proves nothing."""
        named: dict[str, int] = {f"events of {name}": n for name, n in self.events.items()}
        named |= {f"told on {topic}": n for topic, n in self.told.items()}
        named |= {f"heard of {topic} by {who}": n for (who, topic), n in self.heard.items()}
        named |= {"entries": self.entries, "leaves": self.leaves, "signed": self.signed}
        return sorted(name for name, number in named.items() if not number)


async def at_rest(system: System, doors: Doors, limit_s: float = 180.0) -> None:
    """Wait until nothing is due, unsent or unheard, and the last leaf is signed."""
    await Clock(doors).rest(limit_s)

    async def signed() -> bool:
        async with system.database(LEDGER) as ledger:
            return bool(
                await ledger.fetchval(
                    "SELECT (SELECT count(*) FROM entry) = (SELECT count(*) FROM leaf)"
                    " AND (SELECT count(*) FROM leaf) ="
                    " (SELECT coalesce(max(size), 0) FROM checkpoint)"
                )
            )

    await until(signed, SIGNED_S, "the last leaf to be signed")


async def counted(system: System) -> Count:
    """Count a copy at rest, and find what is lost, doubled or out of order."""
    count = Count()
    told: dict[str, dict[UUID, set[UUID]]] = {}
    happened: dict[UUID, bytes] = {}
    for name in system.services:
        async with system.database(name) as connection:
            await _look(connection, name, FAULTS, count)
            if name == LEDGER:
                continue
            count.events[name] = int(await connection.fetchval("SELECT count(*) FROM event"))
            happened |= await _pairs(connection, "SELECT event_id, entry_hash FROM event")
            for row in await connection.fetch("SELECT topic, stream, message_id FROM outbox"):
                streams = told.setdefault(row["topic"], {})
                streams.setdefault(row["stream"], set()).add(row["message_id"])
    for topic, streams in told.items():
        count.told[topic] = sum(map(len, streams.values()))
    for name in system.services:
        async with system.database(name) as connection:
            for topic in heard_by(name):
                await _heard(connection, name, topic, told.get(topic, {}), count)
    async with system.database(LEDGER) as ledger:
        await _ledger(ledger, happened, count)
    return count


def heard_by(service: str) -> frozenset[str]:
    """Give the topics that a service hears."""
    return frozenset(topics_of(import_module(f"nrm_{service}.app").service()))


async def _look(connection: Connection, name: str, faults: Mapping[str, str], count: Count) -> None:
    for sentence, statement in faults.items():
        rows = await connection.fetch(statement)
        if rows:
            count.faults.append(f"{name}: {sentence}, {len(rows)}, first {_row(rows[0])}")


async def _heard(
    connection: Connection, who: str, topic: str, told: Mapping[UUID, set[UUID]], count: Count
) -> None:
    rows = await connection.fetch(
        "SELECT stream, message_id FROM inbox WHERE consumer = $1 AND topic = $2", who, topic
    )
    marked: dict[UUID, list[UUID]] = {}
    for row in rows:
        marked.setdefault(row["stream"], []).append(row["message_id"])
    counts = await connection.fetch(
        "SELECT stream, told FROM heard WHERE consumer = $1 AND topic = $2 AND told > 0", who, topic
    )
    count.heard[who, topic] = len(rows)
    wanted = {stream: len(messages) for stream, messages in told.items()}
    if {row["stream"]: row["told"] for row in counts} != wanted:
        count.faults.append(f"{who}: its counts of {topic} are not what was told")
    if {stream: sorted(found) for stream, found in marked.items()} != {
        stream: sorted(messages) for stream, messages in told.items()
    }:
        count.faults.append(f"{who}: its inbox does not hold exactly what {topic} told")


async def _ledger(ledger: Connection, happened: Mapping[UUID, bytes], count: Count) -> None:
    await _look(ledger, LEDGER, LEDGER_FAULTS, count)
    kept = await _pairs(ledger, "SELECT event_id, hash FROM entry")
    if kept != happened:
        lost, alien = happened.keys() - kept.keys(), kept.keys() - happened.keys()
        count.faults.append(f"ledger: {len(lost)} events without entry, {len(alien)} alien entries")
    count.entries = len(kept)
    count.leaves = int(await ledger.fetchval("SELECT count(*) FROM leaf"))
    count.signed = int(await ledger.fetchval("SELECT coalesce(max(size), 0) FROM checkpoint"))
    if not count.signed == count.leaves == count.entries == sum(count.events.values()):
        count.faults.append(
            f"ledger: {sum(count.events.values())} events, {count.entries} entries,"
            f" {count.leaves} leaves, {count.signed} signed"
        )


async def _pairs(connection: Connection, statement: str) -> dict[UUID, bytes]:
    return {row[0]: bytes(row[1]) for row in await connection.fetch(statement)}


def _row(row: Any) -> str:
    return "/".join(str(value) for value in row.values())


async def shapes(system: System, case: str) -> dict[str, list[tuple[str, int]]]:
    """Give the event types of every stream of a case, counted, apart from ids and times.

    Streams of the same service and kind that hold the same types are listed as often as there
    are such streams.
    """
    found: dict[str, list[tuple[str, int]]] = {}
    for name in system.tellers:
        async with system.database(name) as connection:
            rows = await connection.fetch(
                "SELECT e.stream, e.type FROM event e JOIN stream_head h USING (stream)"
                " WHERE h.case_ref = $1",
                UUID(case),
            )
        streams: dict[UUID, Counter[str]] = {}
        for row in rows:
            streams.setdefault(row["stream"], Counter())[row["type"]] += 1
        alike = Counter(
            ", ".join(f"{number} {kind}" for kind, number in sorted(each.items()))
            for each in streams.values()
        )
        found[name] = sorted(alike.items())
    return found
