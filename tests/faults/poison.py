"""Ways to poison one case for those who hear it, and to heal it again, each with its name."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias
from uuid import UUID

from nrm_cli.doors import Doors
from nrm_runtime.store.streams import stream_id
from tests.faults.broker import all_sent, publish
from tests.system import cases
from tests.system.soundness import Connection, heard_by
from tests.system.whole import System

TOPIC: Final = "nrm.referral"
NOT_UTF8: Final = b"\xff\xfe\x80"
OPERATOR: Final = "operator"
ACCEPT: Final = "referral.accept_referral"
ACKNOWLEDGE: Final = "referral.acknowledge_referral"
BY_HAND: Final = "assistance"  # here an operator uses the command; elsewhere the doors behind it

Record: TypeAlias = tuple[bytes | None, list[tuple[str, bytes]]]
Message: TypeAlias = dict[str, Any]
Head: TypeAlias = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Sick:
    """A case that is poisoned at its step `at`, and what is known of it."""

    kind: str
    run: cases.Patient
    heads: list[Head] = field(default_factory=list)
    good: bytes = b""  # the message as it was told, where it was spoilt on its way

    @property
    def case(self) -> str:
        """Its id."""
        return str(self.run.kept["case"])


# What anybody who reaches the broker can write under the key of a case.
RUBBISH: Final[Mapping[str, Record]] = {
    "undecodable bytes": (NOT_UTF8, []),
    "a header that is not UTF-8": (b"{}", [("stream", NOT_UTF8), ("ce_type", NOT_UTF8)]),
    "no body": (None, [("ce_id", b"5f0c1c9e-7a52-4a0e-9a53-0f37b8f3b001")]),
}


def of_unknown_type(message: Message) -> None:
    """Make it something that nobody knows."""
    message["type"] = "nrm.referral.invented"


def of_wrong_schema(message: Message) -> None:
    """Take away what its schema asks for."""
    message["data"] = {"receiver": "nobody"}


UNKNOWN: Final = "an unknown type"
GIVEN_UP: Final = "a message that is given up"
BUG: Final = "a bug in a handler"
SPOILT: Final[Mapping[str, Callable[[Message], None]]] = {
    UNKNOWN: of_unknown_type,
    "a wrong schema": of_wrong_schema,
    GIVEN_UP: of_unknown_type,
}
KINDS: Final = (*RUBBISH, *SPOILT, BUG)
REASONS: Final = dict.fromkeys(RUBBISH, "unreadable") | {
    UNKNOWN: "unknown-type",
    "a wrong schema": "wrong-schema",
    GIVEN_UP: "unknown-type",
}


def hearers(system: System) -> list[str]:
    """Name who hears of cases from referral."""
    return [name for name in system.services if TOPIC in heard_by(name)]


def consumers(system: System, kind: str) -> list[str] | None:
    """Name whom a kind of poison stops; nobody says beforehand who reads all of a schema."""
    if kind == "a wrong schema":
        return None
    return [BY_HAND] if kind == BUG else hearers(system)


async def begin(doors: Doors, kind: str) -> Sick:
    """Drive a case to the step at which it is to be poisoned."""
    run = cases.begun(doors, cases.HAND_OVER)
    await run.go_on(ACKNOWLEDGE if kind == GIVEN_UP else ACCEPT)
    return Sick(kind=kind, run=run)


async def poison(system: System, sick: Sequence[Sick]) -> None:
    """Poison all these cases; the spoilt ones take the step whose message is spoilt."""
    for one in sick:
        if one.kind in RUBBISH:
            body, headers = RUBBISH[one.kind]
            await publish(system, TOPIC, one.case, body, headers)
        elif one.kind == BUG:
            await with_bug(system, one.case)
            await _step(one)
    spoilt = [one for one in sick if one.kind in SPOILT]
    if spoilt:
        await told_spoilt(system, spoilt)


async def told_spoilt(system: System, sick: Sequence[Sick]) -> None:
    """Let cases take their next step, and spoil its message on the way from outbox to broker."""
    spoilt: dict[int, bytes] = {}
    async with system.database("referral") as referral:
        with system.asleep("referral worker"):
            for one in sick:
                await _step(one)
                row = await _unsent(referral, one.case)
                one.good = bytes(row["body"])
                message = json.loads(one.good)
                SPOILT[one.kind](message)
                bad = json.dumps(message, separators=(",", ":"), sort_keys=True).encode()
                await _write(referral, row["id"], bad)
                spoilt[row["id"]] = one.good
        await all_sent(system, "referral")
        for row_id, good in spoilt.items():
            await _write(referral, row_id, good)


async def _step(one: Sick) -> None:
    """Take exactly one step of a case."""
    step = one.run.scenario.steps[one.run.place]
    following = one.run.scenario.steps[one.run.place + 1]
    await one.run.go_on(following.get("do") or following.get("wait"))
    assert one.run.scenario.steps[one.run.place - 1] is step


async def _unsent(referral: Connection, case: str) -> Any:
    (row,) = await referral.fetch(
        "SELECT id, body FROM outbox WHERE topic = $1 AND key = $2 AND sent_at IS NULL",
        TOPIC,
        UUID(case),
    )
    return row


async def _write(referral: Connection, row_id: int, body: bytes) -> None:
    await referral.execute("UPDATE outbox SET body = $1 WHERE id = $2", body, row_id)


async def with_bug(system: System, case: str) -> None:
    """Make what assistance does in one case fail, as a fault in its code would."""
    stream = stream_id(BY_HAND, "case", UUID(case))
    async with system.database(BY_HAND) as connection:
        await connection.execute(f"""
            CREATE FUNCTION bug() RETURNS trigger LANGUAGE plpgsql AS
              $$ BEGIN RAISE division_by_zero; END $$;
            CREATE TRIGGER bug BEFORE INSERT ON event FOR EACH ROW
              WHEN (NEW.stream = '{stream}') EXECUTE FUNCTION bug()""")


async def without_bug(system: System) -> None:
    """Take the fault out of the code again."""
    async with system.database(BY_HAND) as connection:
        await connection.execute("DROP FUNCTION IF EXISTS bug CASCADE")


async def aside(doors: Doors, case: str) -> list[Head]:
    """List what stands aside of a case, in all services."""
    found = []
    for service in doors.copy.services:
        operation = await doors.operation(f"{service}.list_quarantine")
        reply = await doors.call(OPERATOR, operation, path=operation.path)
        found += [{"service": service, **one} for one in reply.body["items"]]
    return [one for one in found if one["case"] == case]


async def heal(system: System, doors: Doors, one: Sick) -> None:
    """Make a poisoned case flow again: mended and retried where it can be, else dropped."""
    if one.kind == BUG:
        await without_bug(system)
    for head in one.heads:
        service, message = head["service"], UUID(head["message"])
        if one.kind in RUBBISH or one.kind == GIVEN_UP:
            await drop(system, doors, service, message)
            continue
        if one.good:
            await _mend(system, service, message, one.good)
        await retry(system, doors, service, one.case)


async def retry(system: System, doors: Doors, service: str, case: str) -> None:
    """Retry a case of which nothing stands in the way any more."""
    if service == BY_HAND:
        said = await system.nrm("quarantine", "retry", service, case)
        assert said.code == 0, said.out + said.err
        return
    await _act(doors, service, "retry_quarantine", case=case)


async def drop(system: System, doors: Doors, service: str, message: UUID) -> None:
    """Give a message up, which is kept on record."""
    if service == BY_HAND:
        said = await system.nrm("quarantine", "drop", service, str(message), "--yes")
        assert said.code == 0, said.err
    else:
        await _act(doors, service, "drop_quarantine", message=str(message))
    async with system.database(service) as connection:
        dropped = await connection.fetchval(
            "SELECT dropped_by FROM dropped WHERE message_id = $1", message
        )
    assert dropped == OPERATOR


async def _act(doors: Doors, service: str, name: str, **place: str) -> None:
    operation = await doors.operation(f"{service}.{name}")
    path = operation.path.format(consumer=service, **place)
    reply = await doors.call(OPERATOR, operation, path=path)
    assert reply.body == {"flows": True}, reply


async def _mend(system: System, consumer: str, message: UUID, good: bytes) -> None:
    """Make a parked message readable, as a mended code would."""
    async with system.database(consumer) as connection:
        await connection.execute(
            "UPDATE parked SET body = $1, handler = $2 WHERE consumer = $3 AND message_id = $4",
            good,
            json.loads(good)["type"],
            consumer,
            message,
        )
