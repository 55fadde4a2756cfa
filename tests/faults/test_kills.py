"""A case that goes on while every part of the system is killed under it, one after the other."""

import asyncio
import contextlib
import os
from collections.abc import Iterable

import pytest

from nrm_cli.scenario.run import Run
from tests.faults.shaking import Shaken, republish, victims
from tests.system import cases
from tests.system.soundness import at_rest, counted, shapes
from tests.system.whole import System

pytestmark = [pytest.mark.fault]

CASES_MAX = 4  # that one after the other give the victims their work
FULL = os.environ.get("NRM_FULL", "") not in {"", "0"}


async def undisturbed(system: System) -> dict[str, list[tuple[str, int]]]:
    """Give the event types per stream of a case that nobody disturbs."""
    async with system.doors() as doors:
        run = await cases.play(doors, cases.FIRST, patient=True)
        await at_rest(system, doors)
    return await shapes(system, str(run.kept["case"]))


async def shaken(system: System, names: Iterable[str]) -> tuple[list[Run], dict[str, str]]:
    """Play the case, as often as it takes, until each victim was killed with work in its hands."""
    runs: list[Run] = []
    async with Shaken(system, names) as doors:
        tasks = [asyncio.create_task(doors.shake()), asyncio.create_task(doors.tell_twice())]
        try:
            while not runs or not (doors.done or len(runs) == CASES_MAX):
                runs.append(await cases.play(doors, cases.FIRST, patient=True))
                if tasks[0].done():
                    tasks[0].result()
        finally:
            for task in tasks:
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(*tasks)
        assert doors.done, f"never seen at work: {doors.webs} {doors.waiting}"
        return runs, doors.strikes.seen


async def held(system: System, runs: Iterable[Run]) -> None:
    """Hold that nothing was lost or doubled, that the cases are proved, and the copies agree."""
    async with system.doors() as doors:
        await at_rest(system, doors)
        assert await republish(doors) > 0
        await at_rest(system, doors)
        for run in runs:
            assert await cases.unproved(run, doors) == []
    count = await counted(system)
    assert count.faults == []
    assert count.zeros() == []
    for arguments in (("ledger", "verify"), ("rebuild", "--check")):
        said = await system.nrm(*arguments)
        assert said.code == 0, said.out + said.err


async def test_a_case_passes_while_all_is_told_twice_and_each_part_is_killed_at_work(
    system: System,
) -> None:
    calm = await undisturbed(system)
    names = victims(system)
    runs, seen = await shaken(system, names)
    assert sorted(seen) == sorted(names)
    await held(system, runs)
    for run in runs:
        assert await shapes(system, str(run.kept["case"])) == calm
