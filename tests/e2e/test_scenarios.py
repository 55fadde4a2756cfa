"""Every written case runs to its end over the public doors, and its promises hold."""

import json
from pathlib import Path

import pytest

from nrm_cli.commands import replaying
from nrm_cli.verified import DiskFolder
from nrm_ledger.domain.fault import FaultFound
from nrm_ledger.domain.keys import verifier_key
from nrm_ledger.domain.verify import verify_folder
from tests.e2e.conftest import Stage
from tests.system import cases
from tests.system.soundness import at_rest, counted

pytestmark = [pytest.mark.e2e]


@pytest.mark.parametrize("path", cases.files(), ids=lambda path: path.stem)
async def test_a_written_case_runs_to_its_end_and_the_ledger_alone_proves_it(
    stage: Stage, path: Path
) -> None:
    run = await stage.play(path)
    async with stage.system.doors() as doors:
        await at_rest(stage.system, doors)
        assert await cases.unproved(run, doors) == []
    promised = len(run.scenario.accept)
    assert promised >= 8 if path == cases.FIRST else promised >= 0


async def test_all_that_happened_was_told_heard_and_kept_once_and_in_order(stage: Stage) -> None:
    await stage.all()
    async with stage.system.doors() as doors:
        await at_rest(stage.system, doors)
    count = await counted(stage.system)
    assert count.faults == []
    assert count.zeros() == []


async def test_every_projection_is_what_a_rebuild_makes_of_the_events_and_none_is_empty(
    stage: Stage,
) -> None:
    await stage.all()
    said = await stage.system.nrm("rebuild", "--check", "--json")
    assert said.code == 0, said.out
    empty = [
        f"{service}.{table['table']}"
        for service, report in said.told.items()
        for table in report.get("tables", [])
        if table["empty"]
    ]
    assert empty == []
    compared = {name for name, report in said.told.items() if report.get("tables")}
    assert compared == set(stage.system.tellers)


async def test_the_log_verifies_here_and_as_an_export_elsewhere(
    stage: Stage, tmp_path: Path
) -> None:
    run = await stage.play(cases.FIRST)
    system = stage.system
    here = await system.nrm("ledger", "verify", "--json")
    assert here.code == 0, here.err
    folder, bundle = tmp_path / "log", tmp_path / "case.nrm"
    for arguments in ((str(folder),), ("--case", str(run.kept["code"]), str(bundle))):
        said = await system.nrm("ledger", "export", *arguments)
        assert said.code == 0, said.err
    elsewhere = ("--home", str(tmp_path / "auditor"), "--vkey", str(folder / "vkey"))
    for exported in (folder, bundle):
        said = await system.nrm("ledger", "verify", "--bundle", str(exported), *elsewhere)
        assert said.code == 0, said.err
    offline = ("--case", str(run.kept["case"]), "--bundle", str(bundle))
    replayed = await system.nrm("ledger", "replay", *offline)
    assert replayed.code == 0, replayed.err
    assert here.told["entries"] == (await counted(system)).entries > 0


async def test_one_flipped_bit_in_any_file_of_an_export_is_found(
    stage: Stage, tmp_path: Path
) -> None:
    await stage.play(cases.FIRST)
    folder = tmp_path / "log"
    assert (await stage.system.nrm("ledger", "export", str(folder))).code == 0
    key = verifier_key((folder / "vkey").read_text().strip())
    verify_folder(DiskFolder(folder), key)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    assert len(files) > 4
    for path in files:
        whole = path.read_bytes()
        for place, bit in ((0, 0), (len(whole) // 2, 3), (len(whole) - 1, 7)):
            flipped = bytes([whole[place] ^ 1 << bit])
            path.write_bytes(whole[:place] + flipped + whole[place + 1 :])
            with pytest.raises(FaultFound, match=path.relative_to(folder).as_posix()):
                verify_folder(DiskFolder(folder), key)
        if path in {files[0], files[-1]}:
            said = await stage.system.nrm("ledger", "verify", "--bundle", str(folder))
            assert said.code == 1, f"{path.name}: {said.out}"
            assert "Fault found" in said.err
        path.write_bytes(whole)
    assert (await stage.system.nrm("ledger", "verify", "--bundle", str(folder))).code == 0


async def test_what_services_say_of_a_case_is_what_its_entries_give(stage: Stage) -> None:
    runs = await stage.all()
    async with stage.system.doors() as doors:
        await at_rest(stage.system, doors)
    for run in runs:  # what the command does, without its start
        code = str(run.kept["code"])
        replayed, differences = await replaying._online(code, None, None, stage.system.home)
        assert differences == [], run.scenario.name
        assert replayed.keys() >= {"identification", "referral"}, run.scenario.name
    said = await stage.system.nrm("ledger", "replay", "--case", code, "--json")
    assert said.code == 0, said.out + said.err
    assert (said.told["differences"], said.told["regions"].keys()) == ([], replayed.keys())


async def test_nothing_stands_aside_after_all_cases(stage: Stage) -> None:
    await stage.all()
    said = await stage.system.nrm("quarantine", "list", "--json")
    assert (said.code, said.told) == (0, [])


async def test_a_person_can_run_a_written_case_and_look_at_it(stage: Stage, tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    said = await stage.system.nrm("scenario", "run", str(cases.HAND_OVER), "--kept", str(kept))
    assert said.code == 0, said.out + said.err
    code = json.loads(kept.read_text())["code"]
    shown = await stage.system.nrm("case", "show", code)
    assert shown.code == 0, shown.err
    assert "Casa Lumina" in shown.out
    assert "Adapost Nou" in shown.out
