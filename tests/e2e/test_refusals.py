"""What must not be done is refused with a clear problem, and leaves no trace in any service."""

from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID, uuid4

import pytest

from nrm_cli.doors import Doors, Reply
from nrm_cli.scenario.clock import Clock
from tests.e2e.conftest import Stage
from tests.system import cases
from tests.system.cases import Patient
from tests.system.soundness import at_rest
from tests.system.whole import System

pytestmark = [pytest.mark.e2e]

DAY_S: Final = 86_400
TRIES: Final = 3
OWN: Final = " of this case"
TABLES: Final = """
SELECT relname, EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid
  AND a.attname = 'case_ref' AND NOT a.attisdropped) AS of_a_case
FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'nrm'::regnamespace
"""
APPROVED: Final = cases.FOLDER / "parts" / "approved.yaml"
SENDER, RECEIVER, STRANGER = "ngo-o/ioana", "partner-ro/paul", "questura/paolo"
OFFER: Final[dict[str, Any]] = {
    "receiver": "@org:partner-ro",
    "kind": "transfer_of_custody",
    "needs": ["accommodation"],
    "purpose": "reception",
    "categories": ["needs"],
    "gender": "Feminine",
    "languages": ["ro"],
    "medical": "no",
    "threat": "no",
}
LOW: Final = {"subject": "person", "dimension": "network", "likelihood": 2, "severity": 2}
EXTREME: Final = LOW | {"likelihood": 4, "severity": 4}
SIGN: Final = "deceptive_recruitment.deceived_about_wages_earnings"
PRESUMING: Final[list[tuple[str, dict[str, Any]]]] = [
    ("find_potential", {}),
    ("inform_rights", {"language": "ro", "aid": "interpreter"}),
    ("record_indicators", {"indicators": "ilo_delphi_child_labour", "answers": {SIGN: "yes"}}),
    ("presume", {"reasons": ["own_account"], "private": {"reasoning": "The child's account."}}),
]


async def traces(system: System, case: UUID) -> dict[str, int]:
    """Count the rows of every table of every service, and those that are of this case."""
    counts = {}
    for service in system.services:
        async with system.database(service) as connection:
            for row in await connection.fetch(TABLES):
                name = row["relname"]
                statement = f'SELECT count(*) FROM "{name}"'
                counts[f"{service}.{name}"] = await connection.fetchval(statement)
                if row["of_a_case"]:
                    own = await connection.fetchval(f"{statement} WHERE case_ref = $1", case)
                    counts[f"{service}.{name}{OWN}"] = own
    return counts


async def refused(
    system: System, run: Patient, code: str, ask: Callable[[], Awaitable[Reply]], status: int = 409
) -> None:
    """Hold that an act is refused with this code, in words, and that nothing was written.

    A deadline of another case may fall due in between: then it is asked again, for a refusal
    that leaves a trace leaves one each time. Of this case nothing may change at all.
    """
    case, changed = UUID(str(run.kept["case"])), dict[str, int]()
    for _ in range(TRIES):
        await at_rest(system, run.doors)
        before = await traces(system, case)
        reply = await ask()
        assert (reply.status, reply.code) == (status, code)
        assert reply.headers["content-type"] == "application/problem+json"
        assert reply.body["title"]
        assert reply.body["detail"].endswith(".")
        await at_rest(system, run.doors)
        after = await traces(system, case)
        changed = {name: after[name] - count for name, count in before.items()} | {
            name: count for name, count in after.items() if name not in before
        }
        changed = {name: number for name, number in changed.items() if number}
        assert not [name for name in changed if name.endswith(OWN)], changed
        if not changed:
            return
    raise AssertionError(f"{code} left traces: {changed}")


async def done(reply: Awaitable[Reply], **keep: str) -> dict[str, Any]:
    """Hold that an act was done; gives its reply."""
    answer = await reply
    assert answer.status < 300, answer.body
    body: dict[str, Any] = answer.body
    return body


async def test_nothing_is_offered_without_consent_nor_under_one_that_was_withdrawn(
    stage: Stage,
) -> None:
    async with stage.doors() as doors:
        run = cases.begun(doors, cases.HAND_OVER)
        await run.go_on("referral.grant_consent")

        def offer(**more: Any) -> Callable[[], Awaitable[Reply]]:
            return lambda: run.ask(SENDER, "referral.offer_referral", **OFFER, **more)

        await refused(stage.system, run, "consent-missing", offer())
        await run.go_on("referral.offer_referral")
        await done(run.ask(SENDER, "referral.withdraw_consent"))
        await refused(stage.system, run, "consent-missing", offer(consent=run.kept["consent"]))


async def test_only_who_was_asked_accepts_and_only_in_time(stage: Stage) -> None:
    async with stage.doors() as doors:
        run = cases.begun(doors, cases.HAND_OVER)
        await run.go_on("referral.accept_referral")

        def accept(caller: str) -> Callable[[], Awaitable[Reply]]:
            return lambda: run.ask(caller, "referral.accept_referral")

        await refused(stage.system, run, "not-the-receiver", accept(SENDER))
        seen = '"0123456789abcdef"'  # he cannot see the case, so he guesses
        await refused(
            stage.system,
            run,
            "absent",
            lambda: run.ask(STRANGER, "referral.accept_referral", match=seen),
            status=404,
        )
        await Clock(doors).move(30 * DAY_S)
        await refused(stage.system, run, "answered-too-late", accept(RECEIVER))


async def test_a_second_transfer_is_not_offered_while_one_is_open(stage: Stage) -> None:
    async with stage.doors() as doors:
        run = cases.begun(doors, cases.HAND_OVER)
        await run.go_on("referral.accept_referral")
        second = OFFER | {"receiver": "@org:ngo-d", "consent": run.kept["consent"]}
        await refused(
            stage.system,
            run,
            "transfer-already-open",
            lambda: run.ask(SENDER, "referral.offer_referral", **second),
        )


async def file_ready(doors: Doors) -> Patient:
    """Give a return whose file lacks nothing but the joint assessment of danger."""
    run = cases.begun(doors, APPROVED)
    await run.go_on("after")
    return run


async def signed(run: Patient, caller: str, finding: dict[str, Any]) -> None:
    await done(run.ask(caller, "return.sign_joint_risk", findings=[finding]))


async def test_no_return_on_one_countrys_word_nor_at_too_high_nor_at_expired_risk(
    stage: Stage,
) -> None:
    async with stage.doors() as doors:
        run = await file_ready(doors)

        def approve(caller: str = "ngo-d/marco") -> Callable[[], Awaitable[Reply]]:
            return lambda: run.ask(caller, "return.approve_return")

        await refused(stage.system, run, "joint-risk-missing", approve())
        await signed(run, "ngo-d/giulia", LOW)
        await refused(stage.system, run, "joint-risk-missing", approve())
        await signed(run, "ngo-o/radu", EXTREME)
        await refused(stage.system, run, "risk-too-high", approve())
        await signed(run, "ngo-d/giulia", LOW)  # after a rise both sign anew
        await signed(run, "ngo-o/radu", LOW)
        await done(run.ask("ngo-d/marco", "return.approve_return"))
        await refused(
            stage.system, run, "out-of-order", lambda: run.ask("ngo-d/giulia", "return.depart")
        )
        await Clock(doors).rest()
        await Clock(doors).move(8 * DAY_S)
        await refused(stage.system, run, "joint-risk-expired", approve("ngo-o/radu"))


async def test_nobody_approves_an_override_of_his_own(stage: Stage) -> None:
    async with stage.doors() as doors:
        run = cases.begun(doors, cases.HAND_OVER)
        await run.go_on("referral.grant_consent")
        proposed = await done(
            run.ask(
                SENDER,
                "referral.propose_override",
                ground="vital_interest",
                recipient="@org:police-ro",
                purpose="protection",
                categories=["risks"],
                private={"reason": "A man waits in front of the shelter."},
            )
        )
        await refused(
            stage.system,
            run,
            "same-worker",
            lambda: run.ask(SENDER, "referral.approve_override", override=proposed["override"]),
        )


async def test_no_reflection_period_for_a_child_where_the_profile_has_none_for_children(
    stage: Stage,
) -> None:
    async with stage.doors() as doors:
        run = cases.begun(doors, cases.HAND_OVER)
        signal: dict[str, Any] = {
            "trigger": "INDICATORS",
            "channel": "ngo",
            "spoken_to": True,
            "age": "child",
        }
        told = await done(run.ask(SENDER, "identification.record_signal", **signal))
        run.kept["case"] = told["case"]
        for act, body in PRESUMING:
            await done(run.ask(SENDER, f"identification.{act}", **body))
        await refused(
            stage.system,
            run,
            "reflection-not-for-children",
            lambda: run.ask(SENDER, "identification.offer_reflection", own_national=False),
        )


async def test_who_has_not_seen_the_newest_state_changes_nothing(stage: Stage) -> None:
    async with stage.doors() as doors:
        run = cases.begun(doors, cases.HAND_OVER)
        await run.go_on("referral.show_case")
        seen = (await run.ask(SENDER, "identification.show_case")).headers["etag"]
        await done(run.ask(SENDER, "identification.find_potential"))
        aid: dict[str, Any] = {"language": "ro", "aid": "interpreter"}
        await refused(
            stage.system,
            run,
            "stale",
            lambda: run.ask(SENDER, "identification.inform_rights", match=seen, **aid),
            status=412,
        )


async def test_a_key_that_stood_for_one_request_does_not_stand_for_another(
    stage: Stage,
) -> None:
    async with stage.doors() as doors:
        run = cases.begun(doors, cases.HAND_OVER)
        await run.go_on("referral.grant_consent")
        key = str(uuid4())

        def grant(days: int) -> Callable[[], Awaitable[Reply]]:
            return lambda: run.ask(
                SENDER,
                "referral.grant_consent",
                key=key,
                recipient="@org:partner-ro",
                purpose="reception",
                categories=["needs"],
                form="verbal",
                days=days,
            )

        first = await done(grant(30)())
        assert await done(grant(30)()) == first, "a repeated request gets the first answer"
        await refused(stage.system, run, "idempotency-key-reused", grant(31), status=422)
