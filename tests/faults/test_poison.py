"""Records that cannot be heard: their case stands aside, for that consumer, and all others flow."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import pytest

from nrm_cli.doors import Doors
from tests.faults.broker import publish
from tests.faults.poison import (
    BUG,
    BY_HAND,
    KINDS,
    NOT_UTF8,
    REASONS,
    TOPIC,
    Sick,
    aside,
    begin,
    consumers,
    heal,
    poison,
    without_bug,
)
from tests.faults.portions import portions
from tests.system import cases
from tests.system.patience import until
from tests.system.soundness import at_rest, counted
from tests.system.whole import System

pytestmark = [pytest.mark.fault]


async def noted(system: System, doors: Doors, one: Sick) -> None:
    """Wait until each consumer that it stops has set the case aside, with the reason."""
    wanted = consumers(system, one.kind)

    async def all_have() -> bool:
        one.heads[:] = [each for each in await aside(doors, one.case) if each["kind"] == "poison"]
        services = sorted(each["service"] for each in one.heads)
        return BY_HAND in services if wanted is None else services == sorted(wanted)

    await until(all_have, what=f"{wanted} to set a case with {one.kind} aside")
    reasons = {each["reason"] for each in one.heads}
    assert {each["why"] for each in one.heads} == reasons
    if one.kind == BUG:
        assert all("Error" in reason for reason in reasons), reasons
    else:
        assert reasons == {REASONS[one.kind]}


async def sound(system: System, doors: Doors) -> None:
    await at_rest(system, doors)
    assert (await counted(system)).faults == []


@pytest.mark.parametrize("kinds", portions(KINDS))
async def test_what_cannot_be_heard_parks_its_case_until_retried_or_dropped_and_all_others_flow(
    system: System, kinds: Sequence[str]
) -> None:
    async with system.doors() as doors:
        sick = [await begin(doors, kind) for kind in kinds]
        await at_rest(system, doors)
        try:
            await poison(system, sick)
            for one in sick:
                await noted(system, doors, one)
            listed = await system.nrm("quarantine", "list", "--json")
            assert {one.case for one in sick} == {each["case"] for each in listed.told}
            await cases.play(doors, cases.HAND_OVER)
            for one in sick:
                await one.run.go_on("assistance.show_case")
            for one in sick:
                refused = await system.nrm("quarantine", "retry", BY_HAND, one.case)
                assert refused.code == 1, f"nothing was mended: {one.kind}"
        finally:
            await without_bug(system)
        for one in sick:
            await heal(system, doors, one)
        await asyncio.gather(*(one.run.go_on() for one in sick))
        for one in sick:
            assert await aside(doors, one.case) == []
        await sound(system, doors)


async def test_a_readable_message_under_a_header_that_is_not_utf_8_is_heard_as_ever(
    system: System,
) -> None:
    async with system.doors() as doors:
        run = await cases.play(doors, cases.HAND_OVER)
        case = str(run.kept["case"])
        async with system.database("referral") as referral:
            body = await referral.fetchval(
                "SELECT body FROM outbox WHERE topic = $1 AND key = $2 ORDER BY id LIMIT 1",
                TOPIC,
                UUID(case),
            )
        await publish(system, TOPIC, case, bytes(body), [("told", NOT_UTF8), ("odd", NOT_UTF8)])
        await cases.play(doors, cases.HAND_OVER)
        await sound(system, doors)
