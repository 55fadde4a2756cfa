"""Deadlines: what falls due fires once, in order, through crashes, and never loops."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from nrm_runtime.core import Due
from nrm_runtime.service import Running
from nrm_runtime.store.deadlines import OFFICE, Deadlines, run_deadlines
from nrm_runtime.store.engine import candidacy, elect
from nrm_runtime.testing.clock import after
from runtime.tests.acts import act, empty, fill, rows, until, working

pytestmark = pytest.mark.integration

FIRED = "SELECT stream, occurred_at, recorded_at FROM event WHERE type = 'boiled-over' ORDER BY pos"
STANDING = """
SELECT name, due_at, profile_version, calendar_version, refused FROM deadline ORDER BY name
"""


def due(hours: float, profile: str = "RO@1") -> Due:
    return Due(at=after(hours=hours), profile=profile, calendar="cal@2")


async def travel(kitchen: Running, hours: float) -> None:
    """Put the service's clock so many hours after the tests' beginning."""
    real = await kitchen.clock.now() - timedelta(seconds=await kitchen.clock.offset())
    ahead = after(hours=hours) - real
    await kitchen.clock.move(int(ahead.total_seconds()) + 1)


async def drain(kitchen: Running, backoff_s_max: float = 30) -> int:
    deadlines, fired = Deadlines(kitchen, backoff_s_max=backoff_s_max), 0
    while await deadlines.fire_next():
        fired += 1
    return fired


async def test_a_deadline_keeps_its_instant_and_the_rules_it_came_from(kitchen: Running) -> None:
    await act(kitchen, uuid4(), fill(boil_by=Due(at=after(hours=1), profile="RO@3", calendar="x")))
    ((name, due_at, profile, _, refused),) = await rows(kitchen, STANDING)
    assert (name, due_at, profile, refused) == ("boil:RO@3", after(hours=1), "RO@3", None)


async def test_it_fires_when_it_is_due_and_not_before(kitchen: Running) -> None:
    await act(kitchen, uuid4(), fill(boil_by=due(5)))
    await travel(kitchen, 4)
    assert await drain(kitchen) == 0
    await travel(kitchen, 5)
    assert await drain(kitchen) == 1
    ((_, occurred_at, recorded_at),) = await rows(kitchen, FIRED)
    assert occurred_at == after(hours=5)
    assert recorded_at >= occurred_at
    assert await rows(kitchen, STANDING) == []
    assert await drain(kitchen) == 0


async def test_due_deadlines_fire_in_the_order_in_which_they_were_due(kitchen: Running) -> None:
    for hours in (3, 1, 2):
        await act(kitchen, uuid4(), fill(boil_by=due(hours)))
    await travel(kitchen, 48)
    assert await drain(kitchen) == 3
    assert [row.occurred_at for row in await rows(kitchen, FIRED)] == [
        after(hours=hours) for hours in (1, 2, 3)
    ]


async def test_a_clock_that_moves_is_moved_and_one_that_ends_is_gone(kitchen: Running) -> None:
    case = uuid4()
    await act(kitchen, case, fill(boil_by=due(1)))
    await act(kitchen, case, fill(boil_by=due(9)))
    assert [row.due_at for row in await rows(kitchen, STANDING)] == [after(hours=9)]
    await act(kitchen, case, empty())
    assert await rows(kitchen, STANDING) == []


async def test_two_workers_and_repeated_firing_have_one_effect(kitchen: Running) -> None:
    for _ in range(4):
        await act(kitchen, uuid4(), fill(boil_by=due(1)))
    await travel(kitchen, 2)
    await asyncio.gather(*(drain(kitchen) for _ in range(3)))
    found = await rows(kitchen, FIRED)
    assert len(found) == 4
    assert len({row.stream for row in found}) == 4


async def test_a_worker_that_dies_in_the_middle_is_followed_by_another(kitchen: Running) -> None:
    for _ in range(12):
        await act(kitchen, uuid4(), fill(boil_by=due(1)))
    await travel(kitchen, 2)
    for cut in (0.02, 0.05, 0.08, 0.3):
        async with working(run_deadlines(kitchen)):
            await asyncio.sleep(cut)

    async def none_stands() -> bool:
        return not await rows(kitchen, STANDING)

    async with working(run_deadlines(kitchen)):
        await until(none_stands)
    found = await rows(kitchen, FIRED)
    assert len(found) == 12
    assert len({row.stream for row in found}) == 12


async def test_only_the_elected_one_works(kitchen: Running) -> None:
    await act(kitchen, uuid4(), fill(boil_by=due(1)))
    await travel(kitchen, 2)

    async def fired() -> bool:
        return bool(await rows(kitchen, FIRED))

    async with candidacy(kitchen.election) as rival, AsyncExitStack() as stack:
        assert await elect(rival, OFFICE)
        await stack.enter_async_context(working(run_deadlines(kitchen)))
        await asyncio.sleep(0.5)
        assert not await fired()
        await rival.close()
        await until(fired)


@pytest.mark.parametrize(
    ("profile", "reason"),
    [("ST@1", "stubborn"), ("LZ@1", "still-running")],
    ids=["a machine that refuses", "a machine that does not end the clock"],
)
async def test_a_deadline_that_its_machine_will_not_have_is_kept_in_sight_and_asked_once(
    kitchen: Running, profile: str, reason: str
) -> None:
    await act(kitchen, uuid4(), fill(boil_by=due(1, profile)))
    good = uuid4()
    await act(kitchen, good, fill(boil_by=due(2)))
    await travel(kitchen, 3)
    assert await drain(kitchen) == 2
    assert [row.refused for row in await rows(kitchen, STANDING)] == [reason]
    alarms = "SELECT kind, reason FROM alarm WHERE settled_at IS NULL"
    assert await rows(kitchen, alarms) == [("deadline-refused", reason)]
    assert await drain(kitchen) == 0


async def test_a_fault_of_one_deadline_holds_up_no_other_and_ends(
    kitchen: Running,
) -> None:
    await act(kitchen, uuid4(), fill(boil_by=due(1, "BR@1")))
    await act(kitchen, uuid4(), fill(boil_by=due(2)))
    await travel(kitchen, 3)
    assert await drain(kitchen, backoff_s_max=0) == 6
    assert len(await rows(kitchen, FIRED)) == 1
    assert [row.refused for row in await rows(kitchen, STANDING)] == ["ZeroDivisionError"]


async def test_the_clock_only_grows_and_all_processes_see_it(kitchen: Running) -> None:
    assert await kitchen.clock.move(100) == 100
    assert await kitchen.clock.move(50) == 100
    assert await kitchen.clock.offset() == 100


async def test_outside_development_the_clock_is_real_and_cannot_be_moved(
    production: Running,
) -> None:
    real = production.clock
    with pytest.raises(Exception, match="permission denied"):
        await real.move(100)
    before = await real.now()
    assert abs(before - datetime.now(UTC)) < timedelta(minutes=1)
