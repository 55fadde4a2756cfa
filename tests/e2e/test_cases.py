"""Every written case runs over the public doors, and the ledger alone proves what it claims."""

from pathlib import Path

import pytest

from tests.system import cases
from tests.system.soundness import at_rest, counted
from tests.system.whole import System

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
