"""The stage of the end-to-end tests: one copy, each written case played once, all canaries."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from nrm_cli.scenario.run import Run
from tests.system import cases, whole
from tests.system.planting import Canaries, Planting
from tests.system.whole import System

# Cases first, then what is refused, then what is altered; the search sees what all of them wrote.
ORDER: Final = (
    "test_scenarios",
    "test_pages",
    "test_refusals",
    "test_tampering",
    "test_canaries",
)


@dataclass(slots=True)
class Stage:
    """A copy, and what was played in it; all that is private was filled with canaries."""

    system: System
    canaries: Canaries = field(default_factory=Canaries)
    runs: dict[Path, Run] = field(default_factory=dict)

    def doors(self) -> Planting:
        """The public doors of the copy; what is sent through them is filled with canaries."""
        return Planting(self.system.copy, self.canaries)

    async def play(self, path: Path) -> Run:
        """Play a written case, once in the life of this copy."""
        if path not in self.runs:
            async with self.doors() as doors:
                self.runs[path] = await cases.play(doors, path)
        return self.runs[path]

    async def all(self) -> list[Run]:
        """Play every written case that was not played yet."""
        return [await self.play(path) for path in cases.files()]


@pytest.fixture(scope="session")
def stage(copies: list[System]) -> Stage:
    """The one stage of this folder, with a copy that no other test has shaken."""
    while copies:
        copies.pop().stop()
    copies.append(whole.start())
    return Stage(copies[-1])


@pytest.fixture
def system(stage: Stage) -> System:
    """The copy that the stage stands on."""
    return stage.system


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put this folder's files in the order in which one copy goes through them."""
    here = Path(__file__).parent
    mine = [place for place, item in enumerate(items) if item.path.parent == here]
    wanted = sorted((items[place] for place in mine), key=_turn)
    for place, item in zip(mine, wanted, strict=True):
        items[place] = item


def _turn(item: pytest.Item) -> int:
    return ORDER.index(item.path.stem)
