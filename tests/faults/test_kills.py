"""A case that goes on while every part of the system is killed under it, one after the other."""

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TypeAlias

import pytest

from nrm_cli.scenario.run import Run
from tests.faults.portions import portions
from tests.faults.shaking import VICTIMS, Shaken, republish
from tests.system import cases
from tests.system.soundness import at_rest, counted, shapes
from tests.system.whole import System

pytestmark = [pytest.mark.fault]

Shapes: TypeAlias = dict[str, list[tuple[str, int]]]
Played: TypeAlias = tuple[Path, Run]

CASES_MAX = 8  # that one after the other give the victims their work
CALM: dict[tuple[Path, Path], Shapes] = {}  # by copy and written case


async def undisturbed(system: System, path: Path) -> Shapes:
    """Give the event types per stream of a case that nobody disturbs."""
    known = system.home, path
    if known not in CALM:
        async with system.doors() as doors:
            run = await cases.play(doors, path, patient=True)
            await at_rest(system, doors)
        CALM[known] = await shapes(system, str(run.kept["case"]))
    return CALM[known]


async def shaken(system: System, names: Collection[str]) -> tuple[list[Played], dict[str, str]]:
    """Play a whole case, then short ones, until each victim was killed with work in its hands."""
    played: list[Played] = []
    async with Shaken(system, names) as doors:
        async with asyncio.TaskGroup() as tasks:
            shaking = tasks.create_task(doors.shake())
            telling = tasks.create_task(doors.tell_twice())
            while not played or (doors.left and len(played) < CASES_MAX):
                path = cases.HAND_OVER if played else cases.FIRST
                played.append((path, await cases.play(doors, path, patient=True)))
            assert doors.left == [], f"never seen at work in {len(played)} cases"
            await shaking
            telling.cancel()
        await doors.strikes.all_present()
        return played, doors.strikes.seen


def differing(found: Shapes, calm: Shapes) -> list[str]:
    """Say which streams one case has and the other has not."""
    assert found.keys() == calm.keys()
    said = []
    for service, streams in calm.items():
        missing, added = Counter(dict(streams)), Counter(dict(found[service]))
        said += [f"{service} lacks {each}" for each in sorted(missing - added)]
        said += [f"{service} has besides {each}" for each in sorted(added - missing)]
    return said


async def held(system: System, played: Sequence[Played]) -> None:
    """Hold that nothing was lost or doubled, that the cases are proved, and the copies agree."""
    async with system.doors() as doors:
        await at_rest(system, doors)
        assert await republish(doors) > 0
        await at_rest(system, doors)
        for _, run in played:
            assert await cases.unproved(run, doors) == []
    count = await counted(system)
    assert count.faults == []
    assert count.zeros() == []
    for arguments in (("ledger", "verify"), ("rebuild", "--check")):
        said = await system.nrm(*arguments)
        assert said.code == 0, said.out + said.err


@pytest.mark.parametrize("names", portions(VICTIMS))
async def test_a_case_passes_while_all_is_told_twice_and_each_part_is_killed_at_work(
    system: System, names: Sequence[str]
) -> None:
    calm = {path: await undisturbed(system, path) for path in (cases.FIRST, cases.HAND_OVER)}
    played, seen = await shaken(system, names)
    assert sorted(seen) == sorted(names)
    await held(system, played)
    for path, run in played:
        found = await shapes(system, str(run.kept["case"]))
        assert differing(found, calm[path]) == []
