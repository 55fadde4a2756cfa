"""Every written case runs over the public doors, and the ledger alone proves what it claims."""

from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

import pytest

from tests.system import cases
from tests.system.soundness import at_rest, counted
from tests.system.whole import System

if TYPE_CHECKING:
    import asyncpg

    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]

pytestmark = [pytest.mark.e2e]


@pytest.mark.parametrize("path", cases.files(), ids=lambda path: path.stem)
async def test_a_written_case_runs_and_is_proved_from_the_ledger_alone(
    system: System, path: Path
) -> None:
    async with system.doors() as doors:
        run = await cases.play(doors, path)
        await at_rest(system, doors)
        assert await cases.unproved(run, doors) == []
        assert run.kept["case"]


async def test_after_every_case_nothing_is_lost_or_doubled_and_all_of_it_is_proved(
    system: System, tmp_path: Path
) -> None:
    async with system.doors() as doors:
        run = await cases.play(doors, cases.FIRST)
        await at_rest(system, doors)
    count = await counted(system)
    assert count.faults == []
    assert count.zeros() == []
    export, one = tmp_path / "log", tmp_path / "case.json"
    for arguments in (
        ("ledger", "verify"),
        ("ledger", "export", str(export)),
        ("ledger", "verify", "--bundle", str(export)),
        ("ledger", "export", "--case", str(run.kept["code"]), str(one)),
        ("ledger", "verify", "--bundle", str(one)),
        ("ledger", "replay", "--case", str(run.kept["code"])),
        ("ledger", "replay", "--case", str(run.kept["case"]), "--bundle", str(one)),
        ("rebuild", "--check"),
        ("case", "show", str(run.kept["code"])),
    ):
        said = await system.nrm(*arguments)
        assert said.code == 0, f"{arguments}: {said.out}{said.err}"
    said = await system.nrm("quarantine", "list", "--json")
    assert said.told == []


async def test_one_flipped_bit_in_any_file_of_an_export_is_found(
    system: System, tmp_path: Path
) -> None:
    export = tmp_path / "log"
    assert (await system.nrm("ledger", "export", str(export))).code == 0
    files = [path for path in sorted(export.rglob("*")) if path.is_file()]
    assert len(files) > 4
    for path in files:
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        said = await system.nrm("ledger", "verify", "--bundle", str(export))
        assert said.code == 1, f"{path.name}: {said.out}{said.err}"
        assert "Fault found" in said.err
        path.write_bytes(whole)
    assert (await system.nrm("ledger", "verify", "--bundle", str(export))).code == 0


async def test_a_region_that_was_changed_behind_its_back_is_named_by_a_replay(
    system: System,
) -> None:
    async with system.doors() as doors:
        run = await cases.play(doors, cases.FOLDER / "receiver-declines.yaml")
        await at_rest(system, doors)
    code = str(run.kept["code"])
    assert (await system.nrm("ledger", "replay", "--case", code)).code == 0
    async with system.database("identification") as connection:
        body = await connection.fetchval(
            "SELECT body FROM event WHERE type = 'signal-received' AND stream IN"
            " (SELECT stream FROM stream_head WHERE case_ref = $1)",
            UUID(str(run.kept["case"])),
        )
        changed = body.replace(b'"age":"adult"', b'"age":"child"')
        assert changed != body
        await put(connection, body, changed)
        try:
            said = await system.nrm("ledger", "replay", "--case", code)
            assert said.code == 1, said.out + said.err
            assert "DIFFERS identification" in said.out
            check = await system.nrm("rebuild", "--check")
            assert check.code == 1
        finally:
            await put(connection, changed, body)
    assert (await system.nrm("ledger", "replay", "--case", code)).code == 0


async def put(connection: "Connection", before: bytes, after: bytes) -> None:
    """Change an event as a database administrator would, past the trigger that keeps it."""
    async with connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute("UPDATE event SET body = $1 WHERE body = $2", after, before)
