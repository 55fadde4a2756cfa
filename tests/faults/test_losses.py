"""Processes that are stopped, and a broker that loses what it had: noticed, and healed."""

import httpx2
import pytest

from nrm_cli.doors import Doors
from tests.faults.broker import (
    alarmed,
    all_sent,
    gap_seen,
    noticed,
    recreate,
    wipe,
)
from tests.faults.shaking import republish
from tests.system import cases
from tests.system.soundness import at_rest, counted, shapes
from tests.system.whole import System

REPUBLISHED_MAX = 2

pytestmark = [pytest.mark.fault]


async def nothing_is_lost_or_doubled(system: System, doors: Doors) -> None:
    await at_rest(system, doors)
    assert (await counted(system)).faults == []


async def heal(system: System, doors: Doors, *range_: str) -> None:
    """Tell again until no alarm stands; who was silent since the loss finds it by telling."""
    for _ in range(REPUBLISHED_MAX):
        said = await system.nrm("republish", *range_)
        assert said.code == 0, said.err
        await at_rest(system, doors)
        if not await alarmed(system):
            return
    raise AssertionError(f"alarms after {REPUBLISHED_MAX} tellings: {await alarmed(system)}")


async def elected(address: str) -> bool:
    """Whether the worker there is its service's relay."""
    async with httpx2.AsyncClient() as http:
        figures = (await http.get(f"{address}/metrics")).text
    return "nrm_relay_elected 1" in figures.splitlines()


async def test_a_stopped_worker_is_replaced_by_a_second_one_and_harms_nothing_when_it_wakes(
    system: System,
) -> None:
    async with system.doors() as doors, system.another("referral", "worker") as second:
        calm = await cases.play(doors, cases.HAND_OVER)
        assert not await elected(second), "the first one is to be the relay"
        await republish(doors)  # so that it is stopped in the middle of something
        with system.asleep("referral worker"):
            run = await cases.play(doors, cases.HAND_OVER, patient=True)
            assert await elected(second)
        after = await cases.play(doors, cases.HAND_OVER, patient=True)
        await nothing_is_lost_or_doubled(system, doors)
        for case in (run, after):
            assert await shapes(system, case.kept["case"]) == await shapes(
                system, calm.kept["case"]
            )


async def test_a_wiped_broker_is_noticed_and_healed_by_telling_everything_again(
    system: System,
) -> None:
    async with system.doors() as doors:
        run = cases.begun(doors, cases.HAND_OVER)
        await run.go_on("referral.accept_referral")
        with system.asleep("assistance worker"):
            await run.go_on("referral.confirm_hand_off")
            await all_sent(system, "referral")
            await wipe(system)
        await run.go_on("assistance.show_case")
        await noticed(system, "referral")
        await gap_seen(system, "assistance")
        await heal(system, doors)
        await run.go_on()
        await nothing_is_lost_or_doubled(system, doors)


async def test_a_topic_deleted_and_made_anew_under_a_sleeping_worker_is_noticed_and_healed(
    system: System,
) -> None:
    async with system.doors() as doors:
        run = cases.begun(doors, cases.HAND_OVER)
        await run.go_on("referral.accept_referral")
        with system.asleep("assistance worker"):
            await run.go_on("referral.confirm_hand_off")
            await all_sent(system, "referral")
            await recreate(system, "nrm.referral")
            await run.go_on("assistance.show_case")
            await all_sent(system, "referral")
            await noticed(system, "referral")
        await heal(system, doors, "referral", "--topic", "nrm.referral")
        await run.go_on()
        await nothing_is_lost_or_doubled(system, doors)
