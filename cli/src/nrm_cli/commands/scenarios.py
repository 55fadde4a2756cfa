"""`nrm scenario`: written cases, driven against the running services."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from nrm_cli.doors import Doors
from nrm_cli.options import AsJson, Home
from nrm_cli.running import running_copy
from nrm_cli.scenario.accept import Entry, unmet
from nrm_cli.scenario.file import Scenario, Step, WrongFile, read_scenario
from nrm_cli.scenario.run import Run, StepFailed
from nrm_cli.scenario.story import custody_lines
from nrm_cli.scenario.values import WrongValue
from nrm_cli.terminal import Exit, Speaker, fault, run, speaker, wrong_use
from nrm_cli.verified import case_entries, checkpoint_line

app = typer.Typer(no_args_is_help=True, help="Written cases, driven over the public doors.")
File = Annotated[Path, typer.Argument(help="A written case (YAML); see docs/scenarios.md.")]


@app.command("check")
def check(file: File) -> None:
    """Read a written case and say what is wrong with it, with its line; run nothing."""
    _read(file)
    typer.echo(f"{file}: a written case")


@app.command("run")
def run_scenario(
    file: File,
    home: Home = None,
    *,
    kept: Annotated[
        Path | None, typer.Option(help="Write what the case kept (ids, code) as JSON.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a new case and drive it as written; exit 1 at the first step that does not hold."""
    scenario = _read(file)
    says = speaker(as_json=as_json)

    async def work() -> bool:
        async with Doors(running_copy(home)) as doors:
            drive = Run(scenario=scenario, doors=doors, tell=_teller(says))
            says.say(scenario.title)
            try:
                await drive.whole()
            except (StepFailed, WrongValue) as error:
                _keep(kept, drive.kept)
                fault(f"{file}: {error}")
            _keep(kept, drive.kept)
            return await _prove(scenario, drive, doors, says)

    if not run(work):
        raise typer.Exit(Exit.FAULT)


async def _prove(scenario: Scenario, drive: Run, doors: Doors, says: Speaker) -> bool:
    """Hold what must hold against the verified ledger alone."""
    case = drive.kept.get("case")
    entries: Sequence[Entry] = await case_entries(doors, str(case)) if case else []
    faults: dict[str, list[str]] = {}
    if scenario.accept:
        says.say()
        says.say("What the ledger alone proves")
    for one in scenario.accept:
        missing = unmet(drive.written(one["holds"]), entries)
        says.say(f"  {'holds' if not missing else 'FAILS'}  {one['id']}. {one['says']}")
        for line in missing:
            says.say(f"         {line}")
        if missing:
            faults[one["id"]] = missing
    if case:
        says.say()
        says.say("Who answered for the case")
        for line in custody_lines(entries, doors.known):
            says.say(f"  {line}")
        says.say()
        says.say(await checkpoint_line(doors))
        if code := drive.kept.get("code"):
            says.say(f"Look at it again with: nrm case show {code}")
    says.data({"scenario": scenario.name, "kept": drive.kept, "faults": faults})
    return not faults


def _teller(says: Speaker) -> Any:  # noqa: ANN401 - a function
    def tell(step: Step, more: str) -> None:
        text = step.get("say") or step.get("do") or step.get("wait") or ""
        who = f"{step.get('as')}: " if step.get("as") and step.get("say") is None else ""
        tail = f"  [{more}]" if more and step.get("say") else more if not text else ""
        says.say(f"  {who}{text}{tail}")

    return tell


def _read(file: Path) -> Scenario:
    try:
        return read_scenario(file)
    except WrongFile as error:
        wrong_use("\n".join(error.lines))
    except OSError as error:
        wrong_use(f"{file}: {error.strerror}")


def _keep(path: Path | None, kept: dict[str, Any]) -> None:
    if path is not None:
        path.write_text(json.dumps(kept, indent=1, default=str) + "\n", "utf-8")
