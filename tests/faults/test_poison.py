"""Records that cannot be heard: their case stands aside, for that consumer, and all others flow."""

import json
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import pytest

from nrm_cli.doors import Doors
from tests.faults.broker import all_sent, publish
from tests.system import cases
from tests.system.patience import until
from tests.system.soundness import at_rest, counted, heard_by
from tests.system.whole import System

pytestmark = [pytest.mark.fault]

TOPIC: Final = "nrm.referral"
NOT_UTF8: Final = b"\xff\xfe\x80"

# What anybody who reaches the broker can write under the key of a case.
RUBBISH: Final[Mapping[str, tuple[bytes | None, list[tuple[str, bytes]]]]] = {
    "undecodable bytes": (NOT_UTF8, []),
    "a header that is not UTF-8": (b"{}", [("stream", NOT_UTF8), ("ce_type", NOT_UTF8)]),
    "no body": (None, [("ce_id", b"5f0c1c9e-7a52-4a0e-9a53-0f37b8f3b001")]),
}


def hearers(system: System) -> list[str]:
    return [name for name in system.services if TOPIC in heard_by(name)]


async def aside(system: System, case: str) -> list[dict[str, Any]]:
    """List what stands aside of a case, as an operator sees it."""
    said = await system.nrm("quarantine", "list", "--json")
    assert said.code == 0, said.err
    return [one for one in said.told if one["case"] == case]


async def headed(system: System, case: str, consumers: list[str]) -> list[dict[str, Any]]:
    """Wait until each consumer has set the case aside; give the heads of the quarantines."""
    heads: list[dict[str, Any]] = []

    async def all_are() -> bool:
        heads[:] = [one for one in await aside(system, case) if one["kind"] == "poison"]
        return sorted(one["service"] for one in heads) == sorted(consumers)

    await until(all_are, what=f"{consumers} to set the case aside")
    return heads


async def sound(system: System, doors: Doors) -> None:
    await at_rest(system, doors)
    assert (await counted(system)).faults == []


@pytest.mark.parametrize("kind", RUBBISH)
async def test_rubbish_under_a_case_sets_it_aside_until_dropped_and_all_others_flow(
    system: System, kind: str
) -> None:
    body, headers = RUBBISH[kind]
    async with system.doors() as doors:
        run = cases.begun(doors, cases.HAND_OVER)
        await run.go_on("referral.accept_referral")
        await at_rest(system, doors)
        case = str(run.kept["case"])
        await publish(system, TOPIC, case, body, headers)
        heads = await headed(system, case, hearers(system))
        assert {one["reason"] for one in heads} == {"unreadable"}
        await cases.play(doors, cases.HAND_OVER)
        await run.go_on("assistance.show_case")
        refused = await system.nrm("quarantine", "retry", "assistance", case)
        assert refused.code == 1, "nothing makes rubbish readable"
        for one in heads:
            said = await system.nrm("quarantine", "drop", one["service"], one["message"], "--yes")
            assert said.code == 0, said.err
        await run.go_on()
        assert await aside(system, case) == []
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


def of_unknown_type(message: dict[str, Any]) -> None:
    message["type"] = "nrm.referral.invented"


def of_wrong_schema(message: dict[str, Any]) -> None:
    message["data"] = {"receiver": "nobody"}


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [(of_unknown_type, "unknown-type"), (of_wrong_schema, "wrong-schema")],
)
async def test_a_message_that_cannot_be_read_parks_its_case_until_it_can_and_is_then_retried(
    system: System, spoil: Any, reason: str
) -> None:
    async with system.doors() as doors:
        run = cases.begun(doors, cases.HAND_OVER)
        await run.go_on("referral.accept_referral")
        await at_rest(system, doors)
        case = str(run.kept["case"])
        good = await told_spoilt(system, run, spoil)
        heads = await headed(system, case, await affected(system, case, reason))
        assert {one["reason"] for one in heads} == {reason}
        await cases.play(doors, cases.HAND_OVER)
        await run.go_on("assistance.show_case")
        refused = await system.nrm("quarantine", "retry", "assistance", case)
        assert refused.code == 1, "it is as unreadable as before"
        for one in heads:
            await mend(system, one["service"], UUID(one["message"]), good)
            said = await system.nrm("quarantine", "retry", one["service"], case)
            assert said.code == 0, said.out + said.err
        await run.go_on()
        assert await aside(system, case) == []
        await sound(system, doors)


async def test_a_message_that_is_given_up_is_passed_over_on_record(system: System) -> None:
    async with system.doors() as doors:
        run = cases.begun(doors, cases.HAND_OVER)
        await run.go_on("referral.acknowledge_referral")
        await at_rest(system, doors)
        case = str(run.kept["case"])
        await told_spoilt(system, run, of_unknown_type)
        heads = await headed(system, case, hearers(system))
        for one in heads:
            said = await system.nrm("quarantine", "drop", one["service"], one["message"], "--yes")
            assert said.code == 0, said.err
            async with system.database(one["service"]) as connection:
                dropped = await connection.fetchrow(
                    "SELECT dropped_by, reason FROM dropped WHERE message_id = $1",
                    UUID(one["message"]),
                )
            assert dropped is not None
            assert tuple(dropped) == ("operator", "unknown-type")
        await run.go_on()
        await sound(system, doors)


async def told_spoilt(system: System, run: cases.Patient, spoil: Any) -> bytes:
    """Let the case take its next step, whose message is spoilt on its way; give the good one."""
    with system.asleep("referral worker"):
        step = run.scenario.steps[run.place]
        following = run.scenario.steps[run.place + 1]
        await run.go_on(following.get("do") or following.get("wait"))
        assert run.scenario.steps[run.place - 1] is step
        async with system.database("referral") as referral:
            row = await referral.fetchrow(
                "SELECT id, body FROM outbox WHERE topic = $1 AND sent_at IS NULL", TOPIC
            )
            assert row is not None
            good = bytes(row["body"])
            message = json.loads(good)
            spoil(message)
            bad = json.dumps(message, separators=(",", ":"), sort_keys=True).encode()
            await referral.execute("UPDATE outbox SET body = $1 WHERE id = $2", bad, row["id"])
    await all_sent(system, "referral")
    async with system.database("referral") as referral:
        await referral.execute("UPDATE outbox SET body = $1 WHERE id = $2", good, row["id"])
    return good


async def affected(system: System, case: str, reason: str) -> list[str]:
    """Name who cannot go on: an unknown type stops every hearer, a schema those who read it."""
    if reason == "unknown-type":
        return hearers(system)
    found: list[str] = []

    async def somebody() -> bool:
        found[:] = [one["service"] for one in await aside(system, case) if one["kind"] == "poison"]
        return "assistance" in found

    await until(somebody, what="somebody to set the case aside")
    return found


async def mend(system: System, consumer: str, message: UUID, good: bytes) -> None:
    """Make a parked message readable, as a mended code would."""
    async with system.database(consumer) as connection:
        await connection.execute(
            "UPDATE parked SET body = $1, handler = $2 WHERE consumer = $3 AND message_id = $4",
            good,
            json.loads(good)["type"],
            consumer,
            message,
        )
