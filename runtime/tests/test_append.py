"""Appending: counts without gaps, chains without breaks, and one way in."""

import asyncio
import json
from dataclasses import replace
from types import EllipsisType
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_contracts.contract import topic_of
from nrm_runtime.core import Refused
from nrm_runtime.ledger.entry import read_entry
from nrm_runtime.ledger.values import EntryRefused, commitment, leaf_hash
from nrm_runtime.service import Running
from nrm_runtime.store.append import Fact, Head, Origin, append
from nrm_runtime.store.engine import make_engine
from nrm_runtime.store.errors import Discontinued, Outpaced, sqlstate
from nrm_runtime.store.execute import execute
from nrm_runtime.store.load import load
from nrm_runtime.store.streams import stream_id
from nrm_runtime.testing.clock import BEGINNING, after
from runtime.tests import toy
from runtime.tests.acts import COOK, act, empty, fill, rows

pytestmark = pytest.mark.integration


async def test_eight_writers_on_three_streams_leave_no_gap_and_an_intact_chain(
    kitchen: Running,
) -> None:
    cases = [uuid4() for _ in range(3)]
    rounds = 6

    async def writer(number: int) -> None:
        for turn in range(rounds):
            await act(kitchen, cases[(number + turn) % 3], fill(times=1 + number % 2))

    await asyncio.gather(*(writer(number) for number in range(8)))

    stored = await rows(kitchen, "SELECT stream, seq, entry, entry_hash FROM event ORDER BY pos")
    assert len(stored) == rounds * (4 + 8)
    for case in cases:
        stream = stream_id("toy", "case", case)
        mine = [row for row in stored if row.stream == stream]
        assert [row.seq for row in mine] == list(range(1, len(mine) + 1))
        entries = [read_entry(row.entry) for row in mine]
        assert [entry.prev for entry in entries] == [None, *(row.entry_hash for row in mine[:-1])]
        assert [leaf_hash(row.entry) for row in mine] == [row.entry_hash for row in mine]
        told = await rows(
            kitchen,
            "SELECT topic, told FROM outbox WHERE stream = $1 ORDER BY topic, id",
            stream,
        )
        for topic in ("nrm.ledger", "nrm.toy"):
            counts = [row.told for row in told if row.topic == topic]
            assert counts == list(range(1, len(mine) + 1))


async def test_an_untold_event_has_an_entry_and_leaves_no_gap_in_what_is_told(
    kitchen: Running,
) -> None:
    case = uuid4()
    for command in (fill(), empty(), fill()):
        await act(kitchen, case, command)
    found = await rows(kitchen, "SELECT topic, told, key, body FROM outbox ORDER BY id")
    ledger = [json.loads(row.body) for row in found if row.topic == "nrm.ledger"]
    messages = [json.loads(row.body) for row in found if row.topic == "nrm.toy"]
    assert [entry["type"] for entry in ledger] == [
        "nrm.toy.kettle-filled",
        "emptied",
        "nrm.toy.kettle-filled",
    ]
    assert "contract" not in ledger[1]
    assert [message["told"] for message in messages] == [1, 2]
    assert {row.key for row in found} == {case}
    assert topic_of(toy.KettleFilled) == "nrm.toy"


async def test_the_stored_body_matches_its_commitment(kitchen: Running) -> None:
    await act(kitchen, uuid4(), fill(3))
    ((body, salt, entry),) = await rows(kitchen, "SELECT body, body_salt, entry FROM event")
    committed = read_entry(entry).commitments
    assert [each.part for each in committed] == ["body"]
    assert committed[0].hmac == commitment(salt, body)
    assert committed[0].hmac != commitment(salt, body.replace(b"3", b"4", 1))


async def test_a_repeated_command_gives_its_state_and_has_no_second_effect(
    kitchen: Running,
) -> None:
    case, command = uuid4(), fill(2)
    first = await act(kitchen, case, command)
    again = await act(kitchen, case, command)
    assert (first.repeated, again.repeated) == (False, True)
    assert again.state == first.state
    assert again.events == ()
    assert await rows(kitchen, "SELECT count(*) FROM event") == [(1,)]


async def test_the_same_command_sent_twice_at_once_has_one_effect(kitchen: Running) -> None:
    case, command = uuid4(), fill(2)
    outcomes = await asyncio.gather(*(act(kitchen, case, command) for _ in range(5)))
    assert sorted(each.repeated for each in outcomes) == [False, True, True, True, True]
    assert await rows(kitchen, "SELECT count(*) FROM outbox") == [(2,)]


async def test_who_decided_on_an_older_state_is_outpaced(kitchen: Running) -> None:
    case = uuid4()
    async with kitchen.app.connect() as one, kitchen.app.connect() as other:
        async with one.begin():
            await execute(toy.MACHINE, one, kitchen.vault, case, fill(), now=BEGINNING)
            late = asyncio.create_task(_late(kitchen, other, case))
            await asyncio.sleep(0.2)
            assert not late.done()
        with pytest.raises(Outpaced):
            await late


async def _late(kitchen: Running, tx: AsyncConnection, case: UUID) -> None:
    async with tx.begin():
        await execute(toy.MACHINE, tx, kitchen.vault, case, fill(), now=BEGINNING)


async def test_two_commands_in_one_transaction_follow_each_other(kitchen: Running) -> None:
    case = uuid4()
    async with kitchen.app.begin() as tx:
        for command in (fill(2), fill(3)):
            outcome = await execute(toy.MACHINE, tx, kitchen.vault, case, command, now=BEGINNING)
    assert (outcome.state.litres, outcome.seq) == (5, 2)


async def test_a_refused_command_leaves_no_trace(kitchen: Running) -> None:
    with pytest.raises(Refused, match="too-full"):
        await act(kitchen, uuid4(), fill(toy.LITRES_MAX + 1))
    both = "SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM outbox)"
    assert await rows(kitchen, both) == [(0, 0)]


async def test_recorded_at_never_falls_within_a_stream(kitchen: Running) -> None:
    case = uuid4()
    await act(kitchen, case, fill(), now=after(days=2))
    await act(kitchen, case, fill(), now=after(days=1))
    found = await rows(kitchen, "SELECT occurred_at, recorded_at FROM event ORDER BY seq")
    assert found == [(BEGINNING, after(days=2)), (BEGINNING, after(days=2))]


async def test_state_is_the_same_folded_from_what_was_stored(kitchen: Running) -> None:
    case = uuid4()
    for command in (fill(4, times=3), empty(), fill(1)):
        outcome = await act(kitchen, case, command)
    async with kitchen.app.connect() as tx:
        past = await load(toy.MACHINE, tx, stream_id("toy", "case", case))
    assert past.state == outcome.state
    assert (past.seq, past.told) == (5, 4)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO event (event_id) VALUES (gen_random_uuid())",
        "UPDATE event SET body = ''",
        "DELETE FROM event",
        "TRUNCATE event",
        "INSERT INTO outbox (topic) VALUES ('x')",
        "UPDATE outbox SET sent_at = now()",
        "DELETE FROM outbox",
        "UPDATE stream_head SET seq = 0",
        "DELETE FROM stream_head",
        "SELECT * FROM payload",
        "DELETE FROM payload",
        "INSERT INTO inbox (consumer) VALUES ('x')",
        "UPDATE heard SET told = 0",
        "DELETE FROM deadline",
        "DELETE FROM erasure",
        "UPDATE kettle SET litres = 0",
        "INSERT INTO fill (number) VALUES (1)",
        "SELECT mark_sent('{1}')",
        "SELECT erase(gen_random_uuid())",
        "CREATE TABLE mine (x int)",
        "SET ROLE nrm_toy_owner",
    ],
)
async def test_the_app_role_may_not(kitchen: Running, statement: str) -> None:
    async with kitchen.app.connect() as connection:
        with pytest.raises(DBAPIError) as refused:
            await connection.exec_driver_sql(statement)
    assert sqlstate(refused.value) == "42501"


@pytest.mark.parametrize(
    "statement", ["UPDATE event SET body = ''", "DELETE FROM event", "TRUNCATE event CASCADE"]
)
async def test_not_even_the_owner_changes_an_event(kitchen: Running, statement: str) -> None:
    await act(kitchen, uuid4(), fill())
    owner = make_engine(kitchen.settings.database_url("owner"))
    async with owner.connect() as connection:
        with pytest.raises(DBAPIError) as refused:
            await connection.exec_driver_sql(statement)
    await owner.dispose()
    assert sqlstate(refused.value) == "NR005"


async def test_no_role_but_the_owner_owns_or_bypasses_anything(kitchen: Running) -> None:
    owned = await rows(
        kitchen,
        "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
        " WHERE nspname = 'nrm' AND pg_get_userbyid(relowner) <> 'nrm_toy_owner'",
    )
    mighty = await rows(
        kitchen,
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'nrm\\_toy\\_%'"
        " AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)",
    )
    public = await rows(
        kitchen,
        "SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace"
        " WHERE nspname = 'nrm' AND has_function_privilege('nrm_toy_auditor', p.oid, 'EXECUTE')",
    )
    defined = await rows(
        kitchen,
        "SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace"
        " WHERE nspname = 'nrm' AND prosecdef AND proconfig IS NULL",
    )
    assert (owned, mighty, public, defined) == ([], [], [], [])


@pytest.mark.parametrize(
    ("seq", "told", "prev"),
    [(1, 1, bytes(32)), (1, 1, None), (1, 0, ...), (1, 2, ...)],
    ids=["another hash", "no hash", "a told count again", "a told count skipped"],
)
async def test_what_does_not_continue_its_stream_is_refused(
    kitchen: Running, seq: int, told: int, prev: bytes | EllipsisType | None
) -> None:
    case = uuid4()
    stream = stream_id("toy", "case", case)
    await act(kitchen, case, fill())
    async with kitchen.app.connect() as tx:
        head = (await load(toy.MACHINE, tx, stream)).head
        wrong = replace(head, seq=seq, told=told)
        if not isinstance(prev, EllipsisType):
            wrong = replace(wrong, entry_hash=prev)
        told_of = toy.KettleFilled(litres=1)
        fact = Fact(type="filled", version=1, body=b"{}", occurred_at=BEGINNING, told=told_of)
        with pytest.raises((Discontinued, EntryRefused)):
            await append(
                tx,
                service="toy",
                stream=stream,
                case=case,
                head=wrong,
                facts=[fact],
                origin=Origin(command=uuid4(), by=COOK),
                recorded_at=BEGINNING,
            )


async def test_a_stream_stays_with_its_case(kitchen: Running) -> None:
    case = uuid4()
    await act(kitchen, case, fill())
    async with kitchen.app.connect() as tx:
        with pytest.raises(Discontinued):
            await execute(
                toy.MACHINE,
                tx,
                kitchen.vault,
                uuid4(),
                fill(),
                now=BEGINNING,
                stream=stream_id("toy", "case", case),
            )


async def test_a_message_that_the_broker_would_refuse_never_arises(kitchen: Running) -> None:
    async with kitchen.app.connect() as tx:
        with pytest.raises(asyncpg.CheckViolationError):
            await append(
                tx,
                service="toy",
                stream=uuid4(),
                case=uuid4(),
                head=Head(),
                facts=[
                    Fact(
                        type="filled",
                        version=1,
                        body=b"{}",
                        occurred_at=BEGINNING,
                        told=_Padded(litres=1),
                    )
                ],
                origin=Origin(command=uuid4(), by=COOK),
                recorded_at=BEGINNING,
            )


class _Padded(toy.KettleFilled):
    """An envelope of a million bytes around an entry of few."""

    name = "nrm.toy.padded"

    def data(self) -> dict[str, object]:
        """Small where the entry asks first, large where the envelope asks."""
        first = not _asked
        _asked.append(1)
        return {"litres": 1} if first else {"litres": 1, "pad": "x" * 1_000_000}


_asked: list[int] = []
