"""Each measurement of the bench is of work that was done; where none was, there is no figure."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

import psutil
import pytest
import pytest_asyncio

from infra.local.parts import HELPERS
from nrm_runtime.store.streams import stream_id
from tools.bench.appends import bare, hand_offs
from tools.bench.end_to_end import end_to_end
from tools.bench.hand_offs import WEB, hand_offs_per_s
from tools.bench.hearing import catch_up, hear_per_s, tell_poison
from tools.bench.log import log_speeds
from tools.bench.memory import measure_memory
from tools.bench.offers import Offer, prepare, receiver_key, referral_of, tokens_of, write_seed
from tools.bench.run import until_quiet
from tools.bench.stage import ISSUER, BenchFailed, Stage, stage
from tools.bench.telling import relay_per_s

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

HEARD, STEADY = 24, 12
RATE, WARM_UP_S = 6, 1


@dataclass(slots=True)
class Bench:
    """A copy with prepared offers; the tests of this file use it one after the other."""

    stage: Stage
    offers: list[Offer] = field(default_factory=list)
    tokens: Mapping[str, str] = field(default_factory=dict)

    async def count(self, service: str, of: str) -> int:
        """Count rows of a service's database."""
        async with self.stage.looking(f"nrm_{service}") as look:
            return int(await look.fetchval(f"SELECT count(*) FROM {of}"))


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def bench(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    async with stage(tmp_path_factory.mktemp("bench") / "home", write_seed) as made:
        await made.start(ISSUER)
        yield Bench(made)


async def test_every_prepared_case_is_offered_and_waits_for_its_answer(bench: Bench) -> None:
    async with referral_of(bench.stage) as held:
        bench.offers = await prepare(held, HEARD + STEADY)
    assert await bench.count("referral", "referrals WHERE state = 'offered'") == HEARD + STEADY
    assert {one.receiver for one in bench.offers} == {
        receiver_key(number) for number in range(HEARD + STEADY)
    }


async def test_the_relays_rate_is_of_rows_that_it_told(bench: Bench) -> None:
    waiting = await bench.count("referral", "outbox")
    assert await relay_per_s(bench.stage) > 0
    assert await bench.count("referral", "outbox WHERE sent_at IS NOT NULL") == waiting


async def test_a_relay_with_nothing_to_tell_has_no_rate(bench: Bench) -> None:
    with pytest.raises(BenchFailed, match="0 rows were told, 0 waited"):
        await relay_per_s(bench.stage)


async def test_assistance_learns_of_the_cases_before_their_acceptances(bench: Bench) -> None:
    await catch_up(bench.stage)
    assert await bench.count("assistance", "assisted_case") == HEARD + STEADY
    assert await bench.count("assistance", "assistance") == 0


async def test_every_bare_call_stores_what_an_acceptance_stores(bench: Bench) -> None:
    async with bare(bench.stage) as floor:
        assert await floor.asyncpg_per_s(8, 20) > 0
        assert await floor.sqlalchemy_per_s(8, 20) > 0
        assert await floor.stored() == 40
        topics = "SELECT topic, count(*) FROM outbox GROUP BY topic ORDER BY topic"
        found = await floor.connections[0].fetch(topics)
        assert [tuple(row) for row in found] == [("nrm.ledger", 40), ("nrm.referral", 40)]
        assert await floor.connections[0].fetchval("SELECT count(*) FROM deadline") == 40


async def test_pgbench_inserts_the_rows_that_it_counts(bench: Bench) -> None:
    async with bare(bench.stage) as floor:
        rate = await floor.pgbench_per_s(8, 1)
        async with bench.stage.looking(floor.settings.database_name) as look:
            rows = await look.fetchval("SELECT count(*) FROM pgbench_row")
    assert 0.3 * rows < rate < 3 * rows


async def test_the_arguments_of_a_bare_call_are_an_acceptance_on_a_stream_of_its_own() -> None:
    calls = list(hand_offs(3))
    for stream, case, expected, *rest in calls:
        assert stream == stream_id("referral", "case", case)  # type: ignore[arg-type]
        assert expected == 0
        assert ["referral-accepted"] in rest
    assert len({call[0] for call in calls}) == 3


async def test_every_hand_off_that_is_counted_is_an_acceptance(bench: Bench) -> None:
    bench.tokens = await tokens_of(bench.stage)
    await bench.stage.start(WEB)
    answered = await hand_offs_per_s(bench.stage, bench.offers[:HEARD], bench.tokens, 8)
    assert len(answered.delays) == HEARD
    assert answered.per_s > 0
    assert await bench.count("referral", "event WHERE type = 'referral-accepted'") == HEARD
    assert await bench.count("referral", "places WHERE taken") == HEARD


async def test_an_answer_that_is_no_acceptance_ends_the_measurement(bench: Bench) -> None:
    with pytest.raises(BenchFailed, match="412 stale"):
        await hand_offs_per_s(bench.stage, bench.offers[:1], bench.tokens, 1)
    wrong = {one: bench.tokens[receiver_key(1)] for one in bench.tokens}
    with pytest.raises(BenchFailed, match="404"):
        await hand_offs_per_s(bench.stage, bench.offers[-1:], wrong, 1)
    await bench.stage.stop(WEB)


async def test_hearing_counts_assistances_that_were_opened_beside_a_bad_message(
    bench: Bench,
) -> None:
    await tell_poison(bench.stage)
    await relay_per_s(bench.stage)
    assert await hear_per_s(bench.stage, HEARD) > 0
    assert await bench.count("assistance", "assistance WHERE state = 'preparing'") == HEARD
    assert await bench.count("assistance", "quarantine") == 1
    assert await bench.count("assistance", "parked WHERE kind = 'poison'") == 1


async def test_hearing_without_an_acceptance_has_no_rate(bench: Bench) -> None:
    with pytest.raises(BenchFailed, match="1 acceptances: 0 were heard, 0 opened"):
        await hear_per_s(bench.stage, 1)


async def test_end_to_end_each_acceptance_is_seen_at_both_ends(bench: Bench) -> None:
    names = [part.name for part in bench.stage.plan.parts if part.name not in bench.stage.running]
    await bench.stage.start(*(name for name in names if name in HELPERS))
    await bench.stage.start(*(name for name in names if name not in HELPERS))
    await until_quiet(bench.stage)
    offers = bench.offers[HEARD:]
    found = await end_to_end(
        bench.stage, offers, await tokens_of(bench.stage), rate=RATE, warm_up_s=WARM_UP_S
    )
    assert len(found.answered) == len(found.to_assistance) == STEADY - RATE * WARM_UP_S
    for answered, assisted, signed in zip(
        found.answered, found.to_assistance, found.to_checkpoint, strict=True
    ):
        assert answered > 0
        assert assisted > 0
        assert signed > 0
    assert 0 < found.held_per_s < RATE * 1.5
    assert await bench.count("assistance", "assistance") == HEARD + STEADY


async def test_memory_is_told_for_every_process(bench: Bench) -> None:
    found = measure_memory(bench.stage)
    parts = {f"rss_mb_{part.name.replace(' ', '_')}" for part in bench.stage.plan.parts}
    assert found.keys() == parts | {"rss_mb_postgresql", "rss_mb_kafka"}
    whole = psutil.virtual_memory().total / 1024 / 1024
    assert all(5 < megabytes < whole for megabytes in found.values())


async def test_a_process_that_died_ends_the_measurement(bench: Bench) -> None:
    name = "notifications worker"
    bench.stage.running[name].kill()
    await bench.stage.running[name].wait()
    with pytest.raises(BenchFailed, match="notifications worker has died"):
        bench.stage.check()
    await bench.stage.stop()


async def test_the_log_is_sequenced_and_replayed_to_its_last_entry(bench: Bench) -> None:
    before = await bench.count("ledger", "entry")
    assert before >= 4 * HEARD
    speeds = await log_speeds(bench.stage, entries=700, replays=2)
    assert await bench.count("ledger", "leaf") == before + 700
    assert await bench.count("ledger", "checkpoint WHERE size = (SELECT count(*) FROM leaf)") == 1
    assert speeds.sequencer > 0
    assert len(speeds.verified) == len(speeds.bare) == 2
