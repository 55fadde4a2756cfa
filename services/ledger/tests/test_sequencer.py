"""Whatever dies and whenever: every entry gets one place, and one history is signed."""

import asyncio
import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_ledger.domain.bundle import folder_files
from nrm_ledger.domain.checkpoint import Checkpoint, open_checkpoint
from nrm_ledger.domain.merkle import leaf_hash
from nrm_ledger.domain.signing import SigningRefused
from nrm_ledger.domain.verify import verify_folder
from nrm_ledger.handlers import store_entries
from nrm_ledger.sequencer import BATCH_MAX, LogWentBack, Sequencer, find_waiting, run_sequencer
from nrm_ledger.signer import SignerClient
from nrm_runtime.ledger import read_entry
from nrm_runtime.store.engine import candidacy, elect, make_election_engine
from nrm_runtime.store.errors import OUTPACED, sqlstate
from services.ledger.tests.conftest import Log, LongLog, letter
from services.ledger.tests.sample import Files, sample

ENTRIES = sample(2500)


class Crash(Exception):
    """The process died here."""


class Fuse:
    """Burns once at every await, before and after what is awaited; the last one kills."""

    def __init__(self, left: int) -> None:
        self.left = left

    def burn(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Crash


class FusedOffice:
    """A database connection whose process may die before or after each statement."""

    def __init__(self, office: AsyncConnection, fuse: Fuse) -> None:
        self._office, self._fuse = office, fuse

    async def exec_driver_sql(self, *arguments: Any) -> Any:
        self._fuse.burn()
        found = await self._office.exec_driver_sql(*arguments)
        self._fuse.burn()
        return found


class FusedSigner(SignerClient):
    """A signer whose caller may die before or after each question."""

    def __init__(self, signer: SignerClient, fuse: Fuse) -> None:
        super().__init__(signer._socket)
        self._fuse = fuse

    async def _ask(self, question: Any) -> dict[str, Any]:
        self._fuse.burn()
        reply = await super()._ask(question)
        self._fuse.burn()
        return reply


async def leaves(log: Log) -> list[bytes]:
    found = await log.ask("SELECT idx, leaf_hash FROM leaf ORDER BY idx")
    assert [row.idx for row in found] == list(range(len(found)))
    return [bytes(row.leaf_hash) for row in found]


async def notes(log: Log) -> list[Checkpoint]:
    found = await log.ask("SELECT note FROM checkpoint ORDER BY size")
    return [open_checkpoint(bytes(row.note), log.key) for row in found]


async def sound(log: Log, count: int) -> None:
    """Hold that the log is whole: exported as a stranger would, against all it ever signed."""
    found = await log.ask("SELECT bytes FROM entry JOIN leaf USING (event_id) ORDER BY idx")
    entries = [bytes(row.bytes) for row in found]
    assert len(entries) == count
    signed = await notes(log)
    note = await log.ask("SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1")
    files = Files(folder_files(entries, bytes(note[0].note), log.key))
    assert verify_folder(files, log.key, log.memory.last, history=signed).checkpoint.size == count
    rows = {(row.level, row.idx): bytes(row.hash) for row in await log.ask("SELECT * FROM node")}
    tiles = b"".join(hash_ for (level, _), hash_ in sorted(rows.items()) if level == 8)
    above = [path for path in files if path.startswith("tile/1/")]
    assert tiles == b"".join(files[path] for path in sorted(above))
    assert not await log.ask("SELECT 1 FROM waiting")


async def test_entries_get_their_places_and_a_signed_checkpoint(log: Log) -> None:
    await log.hear(ENTRIES[:700])
    await log.sequence()
    assert [each.size for each in await notes(log)] == [500, 700]
    assert set(await leaves(log)) == {leaf_hash(raw) for raw in ENTRIES[:700]}
    await sound(log, 700)


async def test_nothing_is_signed_while_there_is_nothing(log: Log) -> None:
    await log.sequence()
    assert await notes(log) == []
    assert log.memory.last is None


async def test_a_late_commit_of_a_lower_position_gets_a_later_place(log: Log) -> None:
    streams = {read_entry(raw).stream: raw for raw in reversed(ENTRIES[:30])}
    slow, fast, *_ = streams.values()
    async with log.running.app.begin() as late:
        await store_entries(late, [letter(slow)])
        async with log.running.app.begin() as tx:
            await store_entries(tx, [letter(fast)])
        await log.sequence()
    await log.sequence()
    assert await leaves(log) == [leaf_hash(fast), leaf_hash(slow)]
    found = await log.ask("SELECT bytes FROM entry ORDER BY pos")
    assert [bytes(row.bytes) for row in found] == [slow, fast]


async def test_entries_that_fell_off_the_waiting_list_are_found_in_order(log: Log) -> None:
    await log.hear(ENTRIES[:30])
    await log.ask("DELETE FROM waiting WHERE pos % 3 = 0")
    task = asyncio.create_task(run_sequencer(log.running))
    await until(log, 30)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await sound(log, 30)


async def test_an_entry_listed_anew_gets_no_second_place(log: Log) -> None:
    await log.hear(ENTRIES[:30])
    await log.sequence()
    await log.ask("INSERT INTO waiting SELECT pos FROM entry WHERE pos < 3")
    await log.sequence()
    assert await find_waiting(log.root) == 0
    await sound(log, 30)


@given(st.data())
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_it_may_die_at_any_await_of_any_batch(long_log: LongLog, data: st.DataObject) -> None:
    steps = data.draw(
        st.lists(
            st.tuples(
                st.integers(min_value=0, max_value=40),
                st.integers(min_value=1, max_value=30),
                st.integers(min_value=1, max_value=60),
            ),
            min_size=1,
            max_size=8,
        )
    )
    long_log.run(die_and_live(long_log.log, steps))


async def die_and_live(log: Log, steps: list[tuple[int, int, int]]) -> None:
    """Continue the log with more entries and more deaths, and hold that nothing is moved."""
    heard = len(await log.ask("SELECT 1 FROM entry"))
    seen = await leaves(log)
    for more, fuse, batch in steps:
        await log.hear(ENTRIES[heard : heard + more])
        heard = min(heard + more, len(ENTRIES))
        await live_until(log, Fuse(fuse), batch)
        now = await leaves(log)
        assert now[: len(seen)] == seen, "an index was given twice"
        seen = now
    await log.sequence()
    assert len(await leaves(log)) == heard
    if heard:
        await sound(log, heard)


async def live_until(log: Log, fuse: Fuse, batch: int) -> None:
    async with log.sequencer() as bare:
        office = FusedOffice(bare._office, fuse)
        sequencer = Sequencer(office, FusedSigner(log.signer, fuse))  # type: ignore[arg-type]
        try:
            await sequencer.adopt()
            await sequencer.meet()
            while await sequencer.grow(batch):
                await sequencer.sign()
            if sequencer.unsigned:
                await sequencer.sign()
        except Crash:
            return


async def test_of_two_sequencers_one_gets_nowhere(log: Log) -> None:
    await log.hear(ENTRIES[:60])
    async with log.sequencer() as zombie, log.sequencer() as other:
        await zombie.adopt()
        await zombie.meet()
        await other.adopt()
        await other.meet()
        assert await other.grow(20) == 20
        await other.sign()
        with pytest.raises(DBAPIError) as found:
            await zombie.grow(30)
        assert sqlstate(found.value) == OUTPACED
        await zombie.adopt()
        await zombie.meet()
        assert await zombie.grow() == 40
        await zombie.sign()
    await sound(log, 60)


async def test_a_sequencer_that_was_overtaken_has_nothing_signed(log: Log) -> None:
    await log.hear(ENTRIES[:60])
    async with log.sequencer() as zombie, log.sequencer() as other:
        await zombie.adopt()
        await zombie.meet()
        await zombie.grow(20)
        await other.adopt()
        await other.meet()
        await other.grow(20)
        await other.sign()
        with pytest.raises(SigningRefused, match="smaller"):
            await zombie.sign()
    await log.sequence()
    await sound(log, 60)


@pytest.mark.parametrize("table", ["leaf", "tree"])
async def test_a_log_that_was_cut_does_not_grow(log: Log, table: str) -> None:
    await log.hear(ENTRIES[:30])
    await log.sequence()
    await log.hear(ENTRIES[30:60])
    await log.sequence()
    column = "idx" if table == "leaf" else "size"
    await log.ask(f"DELETE FROM {table} WHERE {column} >= 50")
    if table == "leaf":
        await log.ask("DELETE FROM checkpoint WHERE size > 30")
        await log.ask("DELETE FROM tree WHERE size > 30")
    async with log.sequencer() as sequencer:
        await sequencer.adopt()
        with pytest.raises(LogWentBack):
            await sequencer.meet()
    assert log.memory.last is not None
    assert log.memory.last.size == 60


async def test_a_log_that_was_rewritten_is_not_signed_on(log: Log) -> None:
    await log.hear(ENTRIES[:30])
    async with log.sequencer() as sequencer:
        await sequencer.adopt()
        await sequencer.meet()
        await sequencer.grow(10)
        await sequencer.sign()
        await sequencer.grow(10)
    await log.ask("UPDATE leaf SET leaf_hash = sha256('x') WHERE idx = 15")
    async with log.sequencer() as sequencer:
        await sequencer.adopt()
        with pytest.raises(LogWentBack):
            await sequencer.meet()


async def test_what_grew_while_the_signer_was_away_is_signed_in_one_go(log: Log) -> None:
    await log.hear(ENTRIES[:1200])
    async with log.sequencer() as sequencer:
        await sequencer.adopt()
        await sequencer.meet()
        assert await sequencer.grow() == BATCH_MAX
        await sequencer.sign()
        while await sequencer.grow(90):
            pass
        await sequencer.sign()
    assert [each.size for each in await notes(log)] == [500, 1200]
    await sound(log, 1200)


async def test_another_key_does_not_sign_the_same_log(log: Log) -> None:
    await log.hear(ENTRIES[:10])
    await log.sequence()
    await log.ask("UPDATE signer SET vkey = 'somebody+else'")
    await log.hear(ENTRIES[10:20])
    with pytest.raises(DBAPIError, match="another key"):
        await log.sequence()


async def test_the_worker_sequences_what_comes_and_goes_on_after_its_connection_died(
    log: Log,
) -> None:
    await log.hear(ENTRIES[:40])
    task = asyncio.create_task(run_sequencer(log.running))
    await until(log, 40)
    await log.ask(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE usename = 'nrm_ledger_sequencer' AND datname = current_database()"
    )
    await log.hear(ENTRIES[40:80])
    await until(log, 80)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await sound(log, 80)


async def test_only_the_elected_one_sequences(log: Log) -> None:
    engine = make_election_engine(log.running.settings.database_url("sequencer"))
    async with candidacy(engine) as office:
        assert await elect(office, "sequencer")
        task = asyncio.create_task(run_sequencer(log.running))
        await log.hear(ENTRIES[:10])
        for _ in range(5):
            await asyncio.sleep(0.2)
            assert await elect(office, "sequencer")
        assert await leaves(log) == []
    await engine.dispose()
    await until(log, 10)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_nothing_grows_before_the_signer_agreed(log: Log) -> None:
    await log.hear(ENTRIES[:10])
    nobody = replace(log.running.settings, signer=log.signer._socket.with_name("nobody"))
    task = asyncio.create_task(run_sequencer(replace(log.running, settings=nobody)))
    await asyncio.sleep(1.2)
    assert await leaves(log) == []
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def alarms(log: Log) -> list[tuple[str, str, bool]]:
    found = await log.ask("SELECT kind, reason, settled_at FROM alarm ORDER BY id")
    return [(row.kind, row.reason, row.settled_at is not None) for row in found]


async def test_a_log_that_was_cut_raises_one_alarm_until_it_is_brought_back(log: Log) -> None:
    await log.hear(ENTRIES[:30])
    await log.sequence()
    await log.ask("UPDATE tree SET size = 1000")
    task = asyncio.create_task(run_sequencer(log.running))
    await asyncio.sleep(1.5)
    assert await alarms(log) == [("ledger-stands-still", "ledger-went-back", False)]
    await log.ask("UPDATE tree SET size = 30")
    await log.hear(ENTRIES[30:40])
    await until(log, 40)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await alarms(log) == [("ledger-stands-still", "ledger-went-back", True)]
    await sound(log, 40)


async def test_a_checkpoint_that_does_not_come_raises_one_alarm_until_it_does(log: Log) -> None:
    path = log.signer._socket
    path.rename(path.with_name("hidden"))
    await log.hear(ENTRIES[:10])
    task = asyncio.create_task(run_sequencer(log.running, late_s=0.3))
    await asyncio.sleep(2)
    assert await alarms(log) == [("checkpoint-late", "the signer does not sign", False)]
    path.with_name("hidden").rename(path)
    await until(log, 10)
    await asyncio.sleep(0.5)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await alarms(log) == [("checkpoint-late", "the signer does not sign", True)]


async def until(log: Log, size: int) -> None:
    for waited in itertools.count():
        signed = await notes(log)
        if signed and signed[-1].size == size:
            return
        assert waited < 100, "no checkpoint came"
        await asyncio.sleep(0.1)
