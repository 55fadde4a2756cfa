"""Entries are stored byte for byte, once, in order per stream, and only if they can be verified."""

import dataclasses
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from nrm_contracts.envelope import Unreadable
from nrm_ledger.handlers import store_entries
from nrm_runtime.ledger import leaf_hash
from nrm_runtime.migrate import roles_of
from nrm_runtime.store.errors import sqlstate
from services.ledger.tests.conftest import Log, letter
from services.ledger.tests.sample import one, sample

ENTRIES = sample(40)
TABLES = ("entry", "leaf", "node", "tree", "checkpoint", "signer")


async def stored(log: Log) -> list[bytes]:
    return [bytes(row.bytes) for row in await log.ask("SELECT bytes FROM entry ORDER BY pos")]


async def test_entries_are_stored_as_they_came(log: Log) -> None:
    await log.hear(ENTRIES)
    found = await log.ask("SELECT bytes, hash, stream, seq, case_ref FROM entry")
    assert {bytes(row.bytes) for row in found} == set(ENTRIES)
    assert all(bytes(row.hash) == leaf_hash(bytes(row.bytes)) for row in found)
    streams = sorted((row.stream, row.seq) for row in found)
    assert len(set(streams)) == len(ENTRIES)
    assert len(await log.ask("SELECT 1 FROM waiting")) == len(ENTRIES)


async def test_repeated_entries_are_stored_once(log: Log) -> None:
    for _ in range(2):
        await log.hear(ENTRIES)
        await log.hear(ENTRIES[7:9])
    assert sorted(await stored(log)) == sorted(ENTRIES)


async def test_an_entry_that_comes_too_early_waits_for_its_turn(log: Log) -> None:
    await log.hear([ENTRIES[0], *ENTRIES[2:]])
    before = len(await stored(log))
    assert before < len(ENTRIES) - 1
    await log.hear(ENTRIES[1:2])
    assert sorted(await stored(log)) == sorted(ENTRIES)


async def test_entries_in_any_order_end_up_in_order_per_stream(log: Log) -> None:
    for raw in reversed(ENTRIES):
        await log.hear([raw])
    found = await log.ask("SELECT stream, seq FROM entry ORDER BY pos")
    for stream in {row.stream for row in found}:
        seqs = [row.seq for row in found if row.stream == stream]
        assert seqs == list(range(1, len(seqs) + 1))
    assert len(found) == len(ENTRIES)


@pytest.mark.parametrize("spoil", [lambda raw: raw + b" ", lambda raw: raw[:-1], lambda _: b""])
async def test_bytes_that_are_no_entry_stop_their_case_only(log: Log, spoil: object) -> None:
    good = letter(ENTRIES[0])
    assert callable(spoil)
    bad = dataclasses.replace(good, body=spoil(good.body))
    others = [letter(raw) for raw in ENTRIES[1:] if letter(raw).case != good.case]
    mine = [letter(raw) for raw in ENTRIES[1:] if letter(raw).case == good.case]
    await log.hearing.take([bad, *mine, *others])
    assert set(await stored(log)) == {each.body for each in others}
    held = await log.ask("SELECT case_ref, reason FROM quarantine WHERE consumer = 'ledger'")
    assert [(row.case_ref, row.reason) for row in held] == [(good.case, "not-an-entry")]


async def test_an_entry_that_says_other_than_its_headers_is_refused(log: Log) -> None:
    good = letter(ENTRIES[0])
    for changes in (
        {"message": UUID(int=5)},
        {"case": UUID(int=5)},
        {"stream": UUID(int=5)},
        {"told": 2},
    ):
        with pytest.raises(Unreadable, match="other-than-its-headers"):
            async with log.running.app.begin() as tx:
                await store_entries(tx, [dataclasses.replace(good, **changes)])


async def test_an_entry_that_breaks_the_chain_of_its_stream_is_refused(log: Log) -> None:
    first = one(0, 3, 1, None)
    await log.hear([first])
    for prev in (bytes(32), leaf_hash(b"something else")):
        with pytest.raises(DBAPIError) as found:
            async with log.running.app.begin() as tx:
                await store_entries(tx, [letter(one(1, 3, 2, prev))])
        assert sqlstate(found.value) == "NR003"
    await log.hear([one(1, 3, 2, bytes(32))])
    assert await stored(log) == [first]
    assert len(await log.ask("SELECT 1 FROM quarantine")) == 1


async def test_an_entry_of_no_case_is_keyed_by_its_stream(log: Log) -> None:
    raw = one(0, 3, 1, None)
    entry = raw.replace(b'"case":"00000000-0000-4000-8000-0000000ca5e2",', b"")
    assert entry != raw
    assert letter(entry).case == UUID(int=4)
    await log.hear([entry])
    assert await stored(log) == [entry]


async def test_no_role_writes_the_log_but_through_its_functions(log: Log) -> None:
    roles = [log.running.settings.role(each) for each in roles_of("ledger") if each != "owner"]
    found = await log.ask(
        "SELECT r, t, p FROM unnest($1::text[]) r, unnest($2::text[]) t, unnest($3::text[]) p"
        " WHERE has_table_privilege(r, 'nrm.' || t, p)",
        [each for each in roles if not each.endswith("_keys")],
        [*TABLES, "waiting"],
        ["INSERT", "UPDATE", "DELETE", "TRUNCATE", "TRIGGER", "REFERENCES"],
    )
    assert found == []
    assert len(roles) == 7


async def test_each_function_is_for_one_role_only(log: Log) -> None:
    found = await log.ask(
        "SELECT p.proname, r.rolname FROM pg_proc p, pg_roles r"
        " WHERE p.proname = ANY ($1) AND has_function_privilege(r.oid, p.oid, 'EXECUTE')"
        " AND r.rolname LIKE 'nrm_ledger_%' AND r.rolname <> 'nrm_ledger_owner'",
        ["store_entries", "grow_tree", "find_waiting", "keep_checkpoint"],
    )
    assert {(row.proname, row.rolname) for row in found} == {
        ("store_entries", "nrm_ledger_app"),
        ("grow_tree", "nrm_ledger_sequencer"),
        ("find_waiting", "nrm_ledger_sequencer"),
        ("keep_checkpoint", "nrm_ledger_sequencer"),
    }


async def test_not_even_the_owner_changes_what_was_recorded(log: Log) -> None:
    owner = log.running.settings.role("owner")
    for table in TABLES:
        for statement in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
            async with log.root.connect() as connection:
                await connection.exec_driver_sql(f'SET LOCAL ROLE "{owner}"')
                with pytest.raises(DBAPIError) as found:
                    await connection.exec_driver_sql(statement)
            assert sqlstate(found.value) == "NR005", statement
