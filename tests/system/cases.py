"""Written cases (`scenarios/`), driven over the public doors in this process, and proved."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from infra.local.home import CHECKOUT
from nrm_cli.doors import Doors
from nrm_cli.scenario.accept import unmet
from nrm_cli.scenario.file import Scenario, Step, read_scenario
from nrm_cli.scenario.run import Run
from nrm_cli.verified import case_entries

FOLDER: Final = CHECKOUT / "scenarios"
FIRST: Final = FOLDER / "cs1.yaml"
PATIENT_S: Final = 240


def files() -> list[Path]:
    """Give every written case of the checkout."""
    return sorted(FOLDER.glob("*.yaml"))


async def play(
    doors: Doors,
    path: Path,
    tell: Callable[[Step], Any] = lambda step: step.line,
    *,
    patient: bool = False,
) -> Run:
    """Run a written case to its end, as a new case; raises `StepFailed`.

    `patient` lets it wait longer than written: while parts are killed everything takes its time.
    """
    scenario = read_scenario(path)
    if patient:
        scenario = replace(scenario, steps=tuple(map(_patient, scenario.steps)))
    run = Run(scenario=scenario, doors=doors, tell=lambda step, _: tell(step))
    await run.whole()
    return run


def _patient(step: Step) -> Step:
    if step.get("wait") is None:
        return step
    return replace(step, written={**step.written, "within": PATIENT_S})


async def unproved(run: Run, doors: Doors) -> list[str]:
    """Give what the verified entries of the ledger do not prove of a case, by its numbers."""
    scenario: Scenario = run.scenario
    entries = await case_entries(doors, str(run.kept["case"]))
    return [
        f"{one['id']}. {line}"
        for one in scenario.accept
        for line in unmet(run.written(one["holds"]), entries)
    ]
