"""One run from the empty folder to the last figure; every measurement has its turn here."""

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from infra.local.parts import HELPERS
from tools.bench.appends import Bare, bare
from tools.bench.end_to_end import end_to_end
from tools.bench.figures import Figures
from tools.bench.hand_offs import WEB, hand_offs_per_s
from tools.bench.hearing import catch_up, hear_per_s, tell_poison
from tools.bench.log import log_speeds
from tools.bench.memory import measure_memory
from tools.bench.offers import Offer, prepare, referral_of, tokens_of, write_seed
from tools.bench.sizes import CLIENTS, Sizes
from tools.bench.stage import ISSUER, BenchFailed, Stage, stage
from tools.bench.telling import relay_per_s

QUIET_S: Final = 300.0
SETTLE_S: Final = 2.0  # between starting what is measured and measuring it

_UNSENT: Final = "SELECT count(*) FROM outbox WHERE sent_at IS NULL"
_WAITING: Final = "SELECT count(*) FROM waiting"


async def run(home: Path, sizes: Sizes, say: Callable[[str], None]) -> Figures:
    """Measure everything in a private copy below `home`; `say` hears what is being done."""
    figures = Figures()
    say("starting PostgreSQL (fsync on) and Kafka, making the databases")
    async with stage(home, write_seed) as made:
        await made.start(ISSUER)
        api, steady = await _prepared(made, sizes, figures, say)
        tokens = await tokens_of(made)
        await _around_the_api(made, api, tokens, sizes, figures, say)
        say("hearing: one worker of assistance, a bad message among the acceptances")
        await relay_per_s(made)
        figures.add("hear_per_s", await hear_per_s(made, len(api)))
        await _everything_running(made, steady, sizes, figures, say)
        say("the ledger: sequencing, then replaying the whole log")
        speeds = await log_speeds(made, sizes.entries, sizes.replays)
    figures.add("sequencer_per_s", speeds.sequencer)
    for verified, plain in zip(speeds.verified, speeds.bare, strict=True):
        figures.add("replay_verified_per_s", verified)
        figures.add("replay_bare_per_s", plain)
    return figures


async def _prepared(
    made: Stage, sizes: Sizes, figures: Figures, say: Callable[[str], None]
) -> tuple[list[Offer], list[Offer]]:
    """Prepare every offer, have it told, and let assistance learn of the cases."""
    count = sizes.through_the_api + sizes.end_to_end
    say(f"preparing {count:,} cases, each offered to a receiver")
    async with referral_of(made) as held:
        begun = time.perf_counter()
        offers = await prepare(held, count)
        figures.add("prepared_offers_per_s", count / (time.perf_counter() - begun))
    say("relay: the outbox of referral to Kafka")
    figures.add("relay_per_s", await relay_per_s(made))
    say("assistance learns of the cases")
    await catch_up(made)
    return offers[: sizes.through_the_api], offers[sizes.through_the_api :]


async def _around_the_api(
    made: Stage,
    offers: list[Offer],
    tokens: Mapping[str, str],
    sizes: Sizes,
    figures: Figures,
    say: Callable[[str], None],
) -> None:
    """Hand-offs through the API in turns with what bounds them, so that noise hits all alike."""
    delays: dict[int, list[float]] = {clients: [] for clients in CLIENTS}
    rest = iter(offers)
    async with bare(made) as floor:
        await made.start(WEB)
        await asyncio.sleep(SETTLE_S)
        for number in range(sizes.rounds):
            say(f"hand-offs through the API beside bare appends, round {number + 1}")
            for clients in CLIENTS:
                await _bounds(floor, clients, sizes, figures)
                some = [next(rest) for _ in range(sizes.hand_offs[clients])]
                answered = await hand_offs_per_s(made, some, tokens, clients)
                figures.add(f"api_handoff_per_s_{clients}", answered.per_s)
                delays[clients] += answered.delays
            if number == 0:
                await tell_poison(made)
        await made.stop(WEB)
    figures.add("web_processes", 1)
    for clients, found in delays.items():
        figures.delays("api_handoff", f"ms_{clients}", found)


async def _bounds(floor: Bare, clients: int, sizes: Sizes, figures: Figures) -> None:
    calls = sizes.appends[clients]
    pgbench = await floor.pgbench_per_s(clients, sizes.pgbench_s)
    figures.add(f"pgbench_insert_per_s_{clients}", pgbench)
    figures.add(f"append_asyncpg_per_s_{clients}", await floor.asyncpg_per_s(clients, calls))
    figures.add(f"append_sqlalchemy_per_s_{clients}", await floor.sqlalchemy_per_s(clients, calls))


async def _everything_running(
    made: Stage,
    offers: list[Offer],
    sizes: Sizes,
    figures: Figures,
    say: Callable[[str], None],
) -> None:
    say("starting every process; they hear what was told so far")
    names = [part.name for part in made.plan.parts if part.name not in made.running]
    await made.start(*(name for name in names if name in HELPERS))
    await made.start(*(name for name in names if name not in HELPERS))
    await until_quiet(made)
    tokens = await tokens_of(made)
    say(f"end to end: {sizes.rate} hand-offs per second for {sizes.seconds} s")
    found = await end_to_end(made, offers, tokens, rate=sizes.rate, warm_up_s=sizes.warm_up_s)
    figures.delays("e2e_accept_answered", "ms", found.answered)
    figures.delays("e2e_accept_to_assistance", "ms", found.to_assistance)
    figures.delays("e2e_accept_to_checkpoint", "ms", found.to_checkpoint)
    figures.add("e2e_rate_asked_per_s", sizes.rate)
    figures.add("e2e_rate_held_per_s", found.held_per_s)
    figures.add("e2e_handoffs", len(found.answered))
    await until_quiet(made)
    for key, megabytes in measure_memory(made).items():
        figures.add(key, megabytes)
    await made.stop()


async def until_quiet(made: Stage) -> None:
    """Wait until every service has heard what was told, and the ledger has signed it all."""
    begun, same, before = time.monotonic(), 0, -1
    while same < 3:  # noqa: PLR2004 - looks in a row without a change
        made.check()
        if time.monotonic() - begun > QUIET_S:
            raise BenchFailed("the copy does not come to rest")
        await asyncio.sleep(1)
        now, waiting = await _at_work(made)
        same = same + 1 if (now, waiting) == (before, 0) else 0
        before = now


async def _at_work(made: Stage) -> tuple[int, int]:
    """Count what was done everywhere so far, and what still waits to be told or signed."""
    done = waiting = 0
    for service in made.plan.services:
        async with made.looking(f"nrm_{service}") as look:
            waiting += int(await look.fetchval(_UNSENT))
            done += int(await look.fetchval("SELECT count(*) FROM event"))
            done += int(await look.fetchval("SELECT count(*) FROM inbox"))
            if service == "ledger":
                waiting += int(await look.fetchval(_WAITING))
    return done, waiting
