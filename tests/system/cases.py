"""Written cases (`scenarios/`), driven over the public doors in this process, and proved."""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from infra.local.home import CHECKOUT
from nrm_cli.doors import Doors, Reply
from nrm_cli.scenario.accept import unmet
from nrm_cli.scenario.clock import Clock
from nrm_cli.scenario.file import Scenario, Step, read_scenario
from nrm_cli.scenario.run import Run, StepFailed
from nrm_cli.verified import case_entries

FOLDER: Final = CHECKOUT / "scenarios"
FIRST: Final = FOLDER / "cs1.yaml"
ENDLESS: Final = FOLDER / "arrival-not-confirmed.yaml"
OWN: Final = CHECKOUT / "tests" / "e2e" / "written"
HAND_OVER: Final = Path(__file__).parent / "hand_over.yaml"
CONTINUED: Final = {
    OWN / "border.yaml": FOLDER / "parts" / "approved.yaml",
    OWN / "child.yaml": FOLDER / "mother-and-child.yaml",
}
PATIENT_S: Final = 240
CALM_S: Final = 60
NOT_YET: Final = re.compile(r"(answered|got) (404|409) ")


def files() -> list[Path]:
    """Give every written case: those of the checkout, and what the tests add to them.

    Last comes the one that is never finished: its alarms go on for as long as clocks move.
    """
    found = [*sorted(FOLDER.glob("*.yaml")), *sorted(OWN.glob("*.yaml"))]
    return sorted(found, key=lambda path: (path == ENDLESS, path != FIRST))


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
    make = Patient if patient else Run
    run = make(scenario=read(path), doors=doors, tell=lambda step, _: tell(step))
    await run.whole()
    return run


def read(path: Path) -> Scenario:
    """Read a written case; one of the tests' own may go on where one of `scenarios/` ends."""
    scenario = read_scenario(path)
    before = CONTINUED.get(path)
    if before is None:
        return scenario
    return replace(scenario, steps=(*read_scenario(before).steps, *scenario.steps))


def begun(doors: Doors, path: Path) -> "Patient":
    """Give a case that is about to be driven bit by bit, by `go_on`."""
    return Patient(
        scenario=read(path), doors=doors, tell=lambda _step, _more: None, patience_s=CALM_S
    )


@dataclass(slots=True, kw_only=True)
class Patient(Run):
    """A run whose callers ask again what was refused because a service has not heard enough yet."""

    place: int = 0
    patience_s: int = PATIENT_S

    async def go_on(self, stop: str = "the end") -> None:
        """Play the steps up to the next that does or waits for `stop`; all without one.

        `after` stops before the clock is moved.
        """
        if self.place == 0:
            self.offset_s = await Clock(self.doors).offset()
        while self.place < len(self.scenario.steps):
            step = self.scenario.steps[self.place]
            if stop in {step.get("do"), step.get("wait"), "after" if step.get("after") else ""}:
                return
            assert step.get("after") is None, "only whole plays move the clock"
            await (self._wait(step) if step.get("wait") else self._do(step))
            self.place += 1

    async def ask(
        self,
        caller: str,
        name: str,
        *,
        match: str | None = None,
        key: str | None = None,
        **body: Any,
    ) -> Reply:
        """Ask something that the file does not say, with all that was kept; give the answer."""
        written = {"as": caller, "do": name, "with": body, "if_match": match}
        step = Step(line=0, written=written)
        operation = await self._operation(step, name)
        path, query, sent = self._parts(step, operation)
        if key is None:
            return await self._act(step, operation, path, query, sent)
        return await self.doors.call(
            caller, operation, path=path, query=query, body=sent, match=match, key=key
        )

    async def _do(self, step: Step) -> None:
        deadline = time.monotonic() + self.patience_s
        while True:
            try:
                await Run._do(self, step)  # a class with slots has no bare super
            except StepFailed as failed:
                if time.monotonic() > deadline or not NOT_YET.search(str(failed)):
                    raise
                await asyncio.sleep(1)
            else:
                return

    async def _wait(self, step: Step) -> None:
        await Run._wait(self, replace(step, written={**step.written, "within": self.patience_s}))


async def unproved(run: Run, doors: Doors) -> list[str]:
    """Give what the verified entries of the ledger do not prove of a case, by its numbers."""
    scenario: Scenario = run.scenario
    entries = await case_entries(doors, str(run.kept["case"]))
    return [
        f"{one['id']}. {line}"
        for one in scenario.accept
        for line in unmet(run.written(one["holds"]), entries)
    ]
