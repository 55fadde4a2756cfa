"""Rebuilding a service's projections from its events, beside the live ones, to compare them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, cast
from uuid import UUID

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from nrm_runtime.core import Actor, Automatic, Event, Worker
from nrm_runtime.ledger.entry import Entry, read_entry
from nrm_runtime.ledger.values import commitment, leaf_hash
from nrm_runtime.service import Service
from nrm_runtime.store.execute import projector
from nrm_runtime.store.machine import Applied, Machine
from nrm_runtime.store.tables import read_side

BATCH_MAX: Final = 1_000

Report: TypeAlias = Mapping[str, Any]

_EVENTS: Final = """
SELECT e.pos, h.case_ref, e.stream, e.seq, e.event_id, e.type, e.schema_version, e.body, e.entry,
       e.entry_hash, e.recorded_at, e.body_salt
FROM event e JOIN stream_head h USING (stream) WHERE e.pos > $1 ORDER BY e.pos LIMIT $2
"""

_DEADLINES: Final = """
SELECT stream, name, due_at, profile_version, calendar_version FROM deadline
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableReport:
    """One projection beside its rebuilt copy; `first` is the key of the first row that differs."""

    table: str
    rows: int
    digest: str
    rebuilt: str
    first: str | None

    @property
    def same(self) -> bool:
        """Whether live and rebuilt rows are equal, byte for byte."""
        return self.digest == self.rebuilt

    def as_json(self) -> dict[str, Any]:
        """Give the report of this table as JSON values."""
        return {
            "table": self.table,
            "rows": self.rows,
            "empty": self.rows == 0,
            "same": self.same,
            "digest": self.digest,
            "rebuilt": self.rebuilt,
            "first_difference": self.first,
        }


async def rebuild_check(engine: AsyncEngine, service: Service) -> Report:
    """Rebuild every projection from all events and compare it with the live one.

    Works in one transaction that is rolled back: the copies are temporary tables, the events
    and the live rows are of one moment. On the way each event's bytes are held against its
    ledger entry, and the standing deadlines against the clocks of the states. Gives `service`,
    `events`, `same`, `first_bad_event`, `first_bad_deadline`, and per table what
    `TableReport.as_json` says. Raises `UnknownEvent` for a history that this code cannot read.
    """
    tables = read_side(service.tables)
    async with engine.connect() as plain:
        tx = await plain.execution_options(isolation_level="REPEATABLE READ")
        await tx.exec_driver_sql("SET LOCAL statement_timeout = 0")
        await tx.exec_driver_sql(f'SET LOCAL ROLE "{projector(service.name)}"')
        for table in tables:
            await tx.exec_driver_sql(
                f'CREATE TEMPORARY TABLE "{table.name}" (LIKE nrm."{table.name}" INCLUDING ALL)'
                " ON COMMIT DROP"
            )
        await tx.exec_driver_sql("SET LOCAL search_path = pg_temp, nrm")
        replayed = await replay(service.machine, tx)
        reports = [await _compare(tx, table) for table in tables]
        await tx.exec_driver_sql("SET LOCAL ROLE NONE")
        deadline = await _first_bad_deadline(tx, service.machine, replayed.states)
        await tx.rollback()
    tables_same = all(report.same for report in reports)
    return {
        "service": service.name,
        "events": replayed.events,
        "same": tables_same and replayed.first_bad is None and deadline is None,
        "first_bad_event": replayed.first_bad,
        "first_bad_deadline": deadline,
        "tables": [report.as_json() for report in reports],
    }


@dataclass(slots=True)
class Replayed:
    """What a replay came to; `first_bad` is stream/seq of an event unlike what was recorded."""

    events: int = 0
    states: dict[UUID, Any] = field(default_factory=dict)
    first_bad: str | None = None


async def replay(machine: Machine[Any, Any], tx: AsyncConnection) -> Replayed:
    """Project all events of a machine again, in the order they were stored.

    Recorded facts that no machine decided about, such as reads, have no projection.
    """
    replayed = Replayed()
    async for row in _rows(tx):
        entry = read_entry(row.entry)
        if replayed.first_bad is None and not _as_recorded(row, entry):
            replayed.first_bad = f"{row.stream}/{row.seq}"
        # A recorded contract's stored name is its wire name, which has dots.
        if "." in row.type:
            continue
        event = machine.codec.decode(row.type, row.schema_version, row.body)
        state = machine.evolve(replayed.states.get(row.stream, machine.initial), event)
        replayed.states[row.stream] = state
        await machine.project(tx, _applied(row, entry, event, state))
        replayed.events += 1
    return replayed


def _as_recorded(row: Any, entry: Entry) -> bool:  # noqa: ANN401 - a row
    place = (entry.stream, entry.seq, entry.event) == (row.stream, row.seq, row.event_id)
    body = entry.commitments[0].hmac == commitment(row.body_salt, row.body)
    return place and body and leaf_hash(row.entry) == row.entry_hash


async def _first_bad_deadline(
    tx: AsyncConnection, machine: Machine[Any, Any], states: Mapping[UUID, Any]
) -> str | None:
    rows: Sequence[Any] = (await tx.exec_driver_sql(_DEADLINES)).all()
    standing = {(row[0], row[1]): tuple(row[2:]) for row in rows}
    running = {
        (stream, name): (due.at, due.profile, due.calendar)
        for stream, state in states.items()
        for name, due in machine.clocks(state).items()
    }
    wrong = {key for key in standing.keys() | running if standing.get(key) != running.get(key)}
    return "/".join(map(str, min(wrong))) if wrong else None


async def _rows(tx: AsyncConnection) -> AsyncIterator[Any]:
    pos = 0
    while batch := (await tx.exec_driver_sql(_EVENTS, (pos, BATCH_MAX))).all():
        for row in batch:
            yield row
        pos = batch[-1].pos


def _applied(row: Any, entry: Entry, event: Event, state: Any) -> Applied[Any, Any]:  # noqa: ANN401 - a row, a state
    return Applied(
        case=row.stream if row.case_ref is None else row.case_ref,
        stream=row.stream,
        seq=row.seq,
        event_id=row.event_id,
        entry_hash=row.entry_hash.hex(),
        event=event,
        state=state,
        recorded_at=row.recorded_at,
        by=_actor(entry),
    )


def _actor(entry: Entry) -> Actor:
    if entry.automatic is not None:
        return Automatic(service=entry.automatic)
    organisation, worker = cast("UUID", entry.organisation), cast("UUID", entry.worker)
    return Worker(organisation=organisation, worker=worker, country="", kind="")


async def _compare(tx: AsyncConnection, table: Table) -> TableReport:
    rows, digest = await _digest(tx, "nrm", table)
    _, rebuilt = await _digest(tx, "pg_temp", table)
    return TableReport(
        table=table.name,
        rows=rows,
        digest=digest,
        rebuilt=rebuilt,
        first=None if digest == rebuilt else await _first_difference(tx, table),
    )


async def _digest(tx: AsyncConnection, schema: str, table: Table) -> tuple[int, str]:
    every_row = f"string_agg(sha256(convert_to(t::text, 'UTF8')), '' ORDER BY {_key(table)})"
    found = await tx.exec_driver_sql(
        f"SELECT count(*), encode(sha256(coalesce({every_row}, '')), 'hex')"  # noqa: S608 - our own tables
        f' FROM {schema}."{table.name}" t'
    )
    row: Any = found.one()
    return int(row[0]), str(row[1])


async def _first_difference(tx: AsyncConnection, table: Table) -> str | None:
    columns = [f'"{column.name}"' for column in table.primary_key.columns]
    using, key = ", ".join(columns), ", ".join(f"{column}::text" for column in columns)
    found = await tx.exec_driver_sql(
        f"SELECT concat_ws('/', {key}) FROM nrm.\"{table.name}\" a"  # noqa: S608 - our own tables
        f' FULL JOIN pg_temp."{table.name}" b USING ({using})'
        f" WHERE a::text IS DISTINCT FROM b::text ORDER BY {using} LIMIT 1"
    )
    first: str | None = found.scalar_one_or_none()
    return first


def _key(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.primary_key.columns)


__all__ = ["Replayed", "Report", "TableReport", "rebuild_check", "replay"]
