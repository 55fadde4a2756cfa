"""Whatever is altered behind a service's back, or in the log, is found and named."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Table

from nrm_cli.commands import ledger
from nrm_ledger.domain.fault import FaultFound
from nrm_runtime.store.streams import stream_id
from nrm_runtime.store.tables import read_side
from tests.e2e.conftest import Stage
from tests.system import cases
from tests.system.soundness import LEDGER, Connection, at_rest
from tests.system.whole import System

pytestmark = [pytest.mark.e2e]

# How a value of each type is altered, so little that nothing else gives it away.
ALTERED: Final = {
    "text": "{0} || '~'",
    "bool": "NOT {0}",
    "int4": "{0} + 1",
    "int8": "{0} + 1",
    "timestamptz": "{0} + interval '1 second'",
    "uuid": "gen_random_uuid()",
    "_uuid": "array_append({0}, gen_random_uuid())",
    "_text": "array_append({0}, '~')",
    "jsonb": "to_jsonb('~'::text)",
    "json": "to_json('~'::text)",
}
TYPES: Final = """
SELECT a.attname, t.typname FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
UNGUARDED: Final = "SET session_replication_role = replica"  # no trigger, no foreign key


@asynccontextmanager
async def one_row_altered(connection: Connection, table: Table) -> AsyncIterator[str]:
    """Alter one value of one row for a while; gives the row's key as a check names it."""
    key = [column.name for column in table.primary_key.columns]
    for row in await connection.fetch(TYPES, table.name):
        name, kind = row["attname"], row["typname"]
        if name in {*key, "event_id"} or kind not in ALTERED:
            continue
        here = " AND ".join(f'"{part}" = ${place}' for place, part in enumerate(key, 1))
        found = await connection.fetchrow(
            f'SELECT * FROM "{table.name}" WHERE "{name}" IS NOT NULL LIMIT 1'
        )
        if found is None:
            continue
        at = [found[part] for part in key]
        new = ALTERED[kind].format(f'"{name}"')
        await connection.execute(f'UPDATE "{table.name}" SET "{name}" = {new} WHERE {here}', *at)
        try:
            yield "/".join(map(str, at))
        finally:
            old = f'UPDATE "{table.name}" SET "{name}" = ${len(at) + 1} WHERE {here}'
            await connection.execute(old, *at, found[name])
        return
    raise AssertionError(f"{table.name} has no row to alter")


async def test_one_altered_row_of_every_projection_is_named_by_its_table_and_key(
    stage: Stage,
) -> None:
    await stage.all()
    system = stage.system
    altered: dict[str, dict[str, str]] = {}
    async with AsyncExitStack() as stack:
        for service in system.tellers:
            connection = await stack.enter_async_context(system.database(service))
            await connection.execute(UNGUARDED)
            tables = read_side(import_module(f"nrm_{service}.app").service().tables)
            altered[service] = {
                table.name: await stack.enter_async_context(one_row_altered(connection, table))
                for table in tables
            }
        said = await system.nrm("rebuild", "--check", "--json")
    named = {
        service: {
            table["table"]: table["first_difference"]
            for table in said.told[service]["tables"]
            if not table["same"]
        }
        for service in system.tellers
    }
    assert said.code == 1
    assert named == altered
    assert sum(map(len, altered.values())) > 20
    assert (await system.nrm("rebuild", "--check")).code == 0


# What is forged in each service: the newest event of this type, this field of it.
FORGED: Final = {
    "identification": ("age-assessed", "age", "child"),
    "referral": ("case-opened", "custodian", str(uuid4())),
    "assistance": ("assistance-opened", "organisation", str(uuid4())),
}
NEWEST: Final = """
SELECT e.event_id, e.body, e.stream, e.seq FROM event e JOIN stream_head h USING (stream)
WHERE h.case_ref = $1 AND e.type = $2 ORDER BY e.seq DESC LIMIT 1
"""


@asynccontextmanager
async def one_event_forged(
    connection: Connection, case: UUID, kind: str, field: str, value: str
) -> AsyncIterator[str]:
    """Forge a field of an event for a while; gives the event's place as a check names it."""
    event = await connection.fetchrow(NEWEST, case, kind)
    assert event is not None
    body = json.loads(event["body"])
    assert body[field] != value
    forged = json.dumps(body | {field: value}, separators=(",", ":")).encode()
    change = "UPDATE event SET body = $1 WHERE event_id = $2"
    await connection.execute(change, forged, event["event_id"])
    try:
        yield f"{event['stream']}/{event['seq']}"
    finally:
        await connection.execute(change, event["body"], event["event_id"])


async def test_a_region_changed_behind_a_services_back_is_named(stage: Stage) -> None:
    run = await stage.play(cases.OWN / "papers.yaml")
    system, case = stage.system, UUID(str(run.kept["case"]))
    asked = ("ledger", "replay", "--case", str(run.kept["code"]), "--json")
    places = {}
    async with AsyncExitStack() as stack:
        for service, forgery in FORGED.items():
            connection = await stack.enter_async_context(system.database(service))
            await connection.execute(UNGUARDED)
            forged = one_event_forged(connection, case, *forgery)
            places[service] = await stack.enter_async_context(forged)
        replayed = await system.nrm(*asked)
        rebuilt = await system.nrm("rebuild", "--check", "--json")
    assert replayed.code == 1
    found = replayed.told["differences"]
    assert {one["service"] for one in found} == FORGED.keys()
    for service, (_, _, value) in FORGED.items():
        assert value in {one["said"] for one in found if one["service"] == service}
    assert rebuilt.code == 1
    bad = {name: rebuilt.told[name]["first_bad_event"] for name in FORGED}
    assert bad == places
    again = await system.nrm(*asked)
    assert (again.code, again.told["differences"]) == (0, [])


@asynccontextmanager
async def last_event_forgotten(connection: Connection, stream: UUID) -> AsyncIterator[None]:
    """Take the last event of a stream away for a while, as if it had never been."""
    names = ", ".join(await stored_columns(connection, "event"))
    await connection.execute(
        "CREATE TABLE public.cut AS SELECT * FROM nrm.event"
        f" WHERE stream = '{stream}' ORDER BY seq DESC LIMIT 1"
    )
    await connection.execute(
        "DELETE FROM nrm.event WHERE event_id IN (SELECT event_id FROM public.cut)"
    )
    await connection.execute("UPDATE stream_head SET seq = seq - 1 WHERE stream = $1", stream)
    try:
        yield
    finally:
        await connection.execute("UPDATE stream_head SET seq = seq + 1 WHERE stream = $1", stream)
        await connection.execute(
            f"INSERT INTO nrm.event ({names}) OVERRIDING SYSTEM VALUE"
            f" SELECT {names} FROM public.cut"
        )
        await connection.execute("DROP TABLE public.cut")


@asynccontextmanager
async def stream_forgotten(connection: Connection, stream: UUID) -> AsyncIterator[None]:
    """Let a stream be unknown for a while."""
    change, elsewhere = "UPDATE stream_head SET stream = $2 WHERE stream = $1", uuid4()
    await connection.execute(change, stream, elsewhere)
    try:
        yield
    finally:
        await connection.execute(change, elsewhere, stream)


@pytest.mark.parametrize("forget", [last_event_forgotten, stream_forgotten])
async def test_services_that_forgot_what_they_had_told_are_named(stage: Stage, forget: Any) -> None:
    run = await stage.play(cases.OWN / "papers.yaml")
    system, case = stage.system, str(run.kept["case"])
    asked = ("ledger", "replay", "--case", case, "--json")
    named = {}
    async with AsyncExitStack() as stack:
        for service in ("identification", "referral", "assistance", "return"):
            stream = stream_id(service, "case", UUID(case))
            connection = await stack.enter_async_context(system.database(service))
            await connection.execute(UNGUARDED)
            head = "SELECT seq FROM stream_head WHERE stream = $1"
            kept = await connection.fetchval(head, stream)
            await stack.enter_async_context(forget(connection, stream))
            left = await connection.fetchval(head, stream) or "nothing"
            named[service] = ("seq", str(kept), str(left))
        said = await system.nrm(*asked)
    assert said.code == 1, said.out + said.err
    assert named == {
        one["service"]: (one["path"], one["replayed"], one["said"])
        for one in said.told["differences"]
    }
    assert all(kept != left for _, kept, left in named.values())
    again = await system.nrm(*asked)
    assert (again.code, again.told["differences"]) == (0, [])


LOG: Final = ("entry", "leaf", "node", "tree", "checkpoint", "waiting")

CHANGE: Final = """
UPDATE entry SET bytes = set_byte(bytes, 30, get_byte(bytes, 30) # 1)
WHERE event_id = (SELECT event_id FROM leaf WHERE idx = $1)
"""
ANOTHER_YEAR: Final = """
UPDATE entry SET bytes = convert_to(regexp_replace(
  convert_from(bytes, 'UTF8'), '"occurred_at":"(\\d{3})\\d', '"occurred_at":"\\11'), 'UTF8')
WHERE event_id = (SELECT event_id FROM leaf WHERE idx = $1)
"""
LEAF_OF_IT: Final = """
UPDATE leaf l SET leaf_hash = e.hash FROM entry e WHERE e.event_id = l.event_id AND l.idx = $1
"""
ALIEN: Final = """
INSERT INTO entry (event_id, case_ref, stream, seq, source, bytes)
SELECT i.event_id, e.case_ref, gen_random_uuid(), 1, e.source, e.bytes
FROM leaf i JOIN leaf l ON l.idx = i.idx - 1 JOIN entry e ON e.event_id = l.event_id
WHERE i.idx = $1 + 1
"""
LEAFLESS: Final = """
DELETE FROM entry e WHERE NOT EXISTS (SELECT FROM leaf l WHERE l.event_id = e.event_id)
"""

HASH: Final = "UPDATE leaf SET leaf_hash = set_byte(leaf_hash, 9, get_byte(leaf_hash, 9) # 1)"
ROW_OF_TILES: Final = """
UPDATE node SET hash = set_byte(hash, 9, get_byte(hash, 9) # 1) WHERE level = 8
AND idx = least($1 / 256, (SELECT max(idx) FROM node WHERE level = 8))
"""
NOTE: Final = (
    "UPDATE checkpoint SET note = set_byte(note, 60, get_byte(note, 60) # 1) WHERE size = "
)

# Row $1 and its neighbours, as somebody would who may write the tables of the log; and what an
# auditor may be told then. Where later rows move, the first fault is the first that shows.
TAMPERINGS: Final[dict[str, tuple[frozenset[str], tuple[str, ...]]]] = {
    "changed": (frozenset({"entry-changed"}), (CHANGE,)),
    "changed with its leaf": (frozenset({"chain", "forked"}), (ANOTHER_YEAR, LEAF_OF_IT)),
    "removed": (
        frozenset({"sequence", "chain", "forked", "missing-entry"}),
        (
            "DELETE FROM leaf WHERE idx = $1",
            "UPDATE leaf SET idx = idx + 1000000 WHERE idx > $1",
            "UPDATE leaf SET idx = idx - 1000001 WHERE idx > 1000000",
        ),
    ),
    "inserted": (
        frozenset({"sequence", "chain", "forked"}),
        (
            "UPDATE leaf SET idx = idx + 1000000 WHERE idx > $1",
            "UPDATE leaf SET idx = idx - 999999 WHERE idx > 1000000",
            "INSERT INTO leaf SELECT $1 + 1, gen_random_uuid(), leaf_hash FROM leaf WHERE idx = $1",
            ALIEN,
        ),
    ),
    "swapped": (
        frozenset({"sequence", "chain", "forked"}),
        (
            "UPDATE leaf SET idx = 1000000 WHERE idx = $1",
            "UPDATE leaf SET idx = $1 WHERE idx = $1 + 1",
            "UPDATE leaf SET idx = $1 + 1 WHERE idx = 1000000",
        ),
    ),
    "hash changed": (frozenset({"tile"}), (f"{HASH} WHERE idx = $1",)),
    "row of tiles changed": (frozenset({"tile"}), (ROW_OF_TILES,)),
    "checkpoint changed": (
        frozenset({"signature"}),
        (f"{NOTE} (SELECT min(size) FROM checkpoint WHERE size >= $1 + 3)",),
    ),
    "truncated": (
        frozenset({"truncated"}),
        (
            "DELETE FROM checkpoint WHERE size > greatest($1, (SELECT min(size) FROM checkpoint))",
            "DELETE FROM tree WHERE size > (SELECT max(size) FROM checkpoint)",
            "DELETE FROM leaf WHERE idx >= (SELECT max(size) FROM checkpoint)",
            LEAFLESS,
        ),
    ),
}


@asynccontextmanager
async def log_restored(system: System) -> AsyncIterator[Connection]:
    """Let the log be tampered with; afterwards every row is as before.

    Meanwhile nothing new is heard: what came would be lost when the rows are put back.
    """
    async with (
        system.database(LEDGER) as door,
        door.transaction(),
        system.database(LEDGER) as connection,
    ):
        await door.execute("LOCK TABLE inbox IN SHARE MODE")
        await connection.execute(UNGUARDED)
        for table in LOG:
            await connection.execute(f"CREATE TABLE public.kept_{table} AS TABLE nrm.{table}")
        try:
            yield connection
        finally:
            async with connection.transaction():
                for table in LOG:
                    names = ", ".join(await stored_columns(connection, table))
                    await connection.execute(f"DELETE FROM nrm.{table}")
                    await connection.execute(
                        f"INSERT INTO nrm.{table} ({names}) OVERRIDING SYSTEM VALUE"
                        f" SELECT {names} FROM public.kept_{table}"
                    )
                    await connection.execute(f"DROP TABLE public.kept_{table}")


async def stored_columns(connection: Connection, table: str) -> list[str]:
    rows = await connection.fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0"
        " AND attgenerated = '' ORDER BY attnum",
        f"nrm.{table}",
    )
    return [row["attname"] for row in rows]


@pytest.mark.parametrize("way", TAMPERINGS)
async def test_a_row_of_the_log_that_was_tampered_with_is_found_wherever_it_is(
    stage: Stage, way: str
) -> None:
    await stage.play(cases.OWN / "papers.yaml")
    system = stage.system
    async with system.doors() as doors:
        await at_rest(system, doors)
    size = int((await verified(system))["entries"])  # which is remembered
    kinds, statements = TAMPERINGS[way]
    for row in (1, size // 2, size - 3):
        async with log_restored(system) as connection:
            async with connection.transaction():
                for statement in statements:
                    told = [row] if "$1" in statement else []
                    done = await connection.execute(statement, *told)
                    assert not done.endswith(" 0"), statement
            with pytest.raises(FaultFound) as found:
                await verified(system)
        assert found.value.kind.value in kinds, f"row {row}: {found.value}"
        assert f"entry {row}:" in str(found.value) or way not in {"changed", "hash changed"}
    assert (await verified(system))["entries"] >= size


async def verified(system: System) -> dict[str, Any]:
    """Do what `nrm ledger verify` does, without its start; raises `FaultFound`."""
    return await ledger._verify_running(system.home, None, None)


async def test_who_runs_the_command_is_told_the_fault_in_words_and_by_its_exit_code(
    stage: Stage,
) -> None:
    await stage.play(cases.OWN / "papers.yaml")
    before = await stage.system.nrm("ledger", "verify", "--json")
    assert before.code == 0, before.err
    row = before.told["entries"] // 3
    async with log_restored(stage.system) as connection:
        await connection.execute(CHANGE, row)
        said = await stage.system.nrm("ledger", "verify", "--json")
    assert said.code == 1
    assert said.told["kind"] == "entry-changed"
    assert f"entry {row}:" in said.told["fault"]
    assert f"Fault found (entry-changed): {said.told['fault']}" in said.err
