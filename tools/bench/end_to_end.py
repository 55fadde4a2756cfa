"""From accepting a hand-off over HTTP to what others see of it, at a steady rate, all running.

A delay begins when the acceptance is due to be sent, so that a caller who has to wait counts.
It ends when a look at the database finds the row: every 5 ms at the read model of assistance
(the acceptance's assistance is there), every 10 ms at the ledger (a signed checkpoint is there
whose tree has the acceptance's entry).
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from tools.bench.calling import Caller
from tools.bench.hand_offs import ACCEPTED, acceptance, callers
from tools.bench.offers import Offer
from tools.bench.stage import BenchFailed, Stage

CALLERS: Final = 32
ASSISTANCE_LOOK_S: Final = 0.005
LEDGER_LOOK_S: Final = 0.010
IN_FLIGHT_MAX: Final = 200  # positions behind the highest seen that may still be committed
ENDS_S: Final = 60.0

_LAST: Final = "SELECT coalesce(max(pos), 0) FROM event"
_OPENED: Final = """
SELECT e.pos, a.referral FROM event e JOIN stream_head h USING (stream)
JOIN assistance a ON a.case_id = h.case_ref WHERE e.pos > $1
"""
_SIGNED: Final = "SELECT coalesce(max(size), 0) FROM checkpoint"
_ENTRIES: Final = """
SELECT h.case_ref, e.event_id FROM event e JOIN stream_head h USING (stream)
WHERE h.case_ref = ANY ($1) AND e.type = $2
"""
_LEAVES: Final = "SELECT event_id, idx FROM leaf WHERE event_id = ANY ($1)"
ACCEPTED_EVENT: Final = "referral-accepted"


@dataclass(slots=True)
class Seen:
    """When what was seen, by the monotonic clock."""

    answered: dict[UUID, float] = field(default_factory=dict)
    assisted: dict[UUID, float] = field(default_factory=dict)
    signed: list[tuple[float, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class EndToEnd:
    """Delays in seconds, and how many hand-offs per second were held."""

    answered: Sequence[float]
    to_assistance: Sequence[float]
    to_checkpoint: Sequence[float]
    held_per_s: float


async def end_to_end(
    stage: Stage,
    offers: Sequence[Offer],
    tokens: Mapping[str, str],
    *,
    rate: int,
    warm_up_s: int,
) -> EndToEnd:
    """Accept the offers at `rate` per second; those of the first seconds are not counted.

    Raises `BenchFailed` when one of them is not seen at its ends in time.
    """
    seen = Seen()
    watching = [
        asyncio.create_task(_watch_assistance(stage, seen)),
        asyncio.create_task(_watch_ledger(stage, seen)),
    ]
    try:
        sent = await _accept(stage, offers, tokens, rate, seen)
        places = await _until_signed(stage, offers, seen)
        await _until_assisted(offers, seen, watching)
    finally:
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
    counted = offers[rate * warm_up_s :]
    signed_at = _signed_at(seen.signed, {places[offer.case] for offer in counted})
    return EndToEnd(
        answered=[seen.answered[one.referral] - sent[one.referral] for one in counted],
        to_assistance=[seen.assisted[one.referral] - sent[one.referral] for one in counted],
        to_checkpoint=[signed_at[places[one.case]] - sent[one.referral] for one in counted],
        held_per_s=_held(counted, sent, seen),
    )


def _held(counted: Sequence[Offer], sent: Mapping[UUID, float], seen: Seen) -> float:
    """Give how many per second went through, from the first that was due to the last that was seen.

    Behind a growing queue the last one is late, and the rate falls below the one asked for.
    """
    first = min(sent[one.referral] for one in counted)
    return len(counted) / (max(seen.assisted[one.referral] for one in counted) - first)


async def _accept(
    stage: Stage, offers: Sequence[Offer], tokens: Mapping[str, str], rate: int, seen: Seen
) -> dict[UUID, float]:
    """Send each at its time, whether or not those before were answered."""
    free: asyncio.Queue[Caller] = asyncio.Queue()

    async def one(offer: Offer) -> None:
        caller = await free.get()
        said = await caller.post(acceptance(offer, tokens))
        seen.answered[offer.referral] = time.monotonic()
        free.put_nowait(caller)
        if said.get("state") != ACCEPTED:
            raise BenchFailed(f"{offer.referral}: not accepted")

    sent: dict[UUID, float] = {}
    async with callers(stage, CALLERS) as open_now:
        for caller in open_now:
            free.put_nowait(caller)
        tasks: list[asyncio.Task[None]] = []
        begun = time.monotonic() + 0.1
        for number, offer in enumerate(offers):
            sent[offer.referral] = begun + number / rate
            await asyncio.sleep(max(0.0, sent[offer.referral] - time.monotonic()))
            tasks.append(asyncio.create_task(one(offer)))
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    return sent


async def _watch_assistance(stage: Stage, seen: Seen) -> None:
    async with stage.looking("nrm_assistance") as look:
        highest = await look.fetchval(_LAST)
        while True:
            rows = await look.fetch(_OPENED, highest - IN_FLIGHT_MAX)
            now = time.monotonic()
            for position, referral in rows:
                seen.assisted.setdefault(referral, now)
                highest = max(highest, position)
            await asyncio.sleep(ASSISTANCE_LOOK_S)


async def _watch_ledger(stage: Stage, seen: Seen) -> None:
    async with stage.looking("nrm_ledger") as look:
        while True:
            size = await look.fetchval(_SIGNED)
            if not seen.signed or seen.signed[-1][1] != size:
                seen.signed.append((time.monotonic(), size))
            await asyncio.sleep(LEDGER_LOOK_S)


async def _until_signed(stage: Stage, offers: Sequence[Offer], seen: Seen) -> dict[UUID, int]:
    """Wait until a checkpoint has every acceptance; gives the place of each in the log, by case."""
    async with stage.looking("nrm_referral") as teller:
        rows = await teller.fetch(_ENTRIES, [offer.case for offer in offers], ACCEPTED_EVENT)
    events = {row["event_id"]: row["case_ref"] for row in rows}
    if len(events) != len(offers):
        raise BenchFailed(f"{len(events)} of {len(offers)} acceptances are events")
    begun = time.monotonic()
    async with stage.looking("nrm_ledger") as ledger:
        while True:
            leaves = await ledger.fetch(_LEAVES, list(events))
            places = {events[row["event_id"]]: int(row["idx"]) for row in leaves}
            if len(places) == len(offers) and seen.signed[-1][1] > max(places.values()):
                return places
            if time.monotonic() - begun > ENDS_S:
                raise BenchFailed(f"{len(places)} of {len(offers)} acceptances are in the ledger")
            await asyncio.sleep(0.1)


async def _until_assisted(
    offers: Sequence[Offer], seen: Seen, watching: Sequence["asyncio.Task[None]"]
) -> None:
    begun, wanted = time.monotonic(), {offer.referral for offer in offers}
    while missing := wanted - seen.assisted.keys():
        if any(task.done() for task in watching) or time.monotonic() - begun > ENDS_S:
            raise BenchFailed(f"{len(missing)} of {len(wanted)} acceptances open no assistance")
        await asyncio.sleep(0.1)


def _signed_at(signed: Sequence[tuple[float, int]], places: set[int]) -> dict[int, float]:
    """Give when the first checkpoint was seen that has each place."""
    found: dict[int, float] = {}
    sizes = iter(signed)
    at, size = next(sizes)
    for place in sorted(places):
        while size <= place:
            at, size = next(sizes)
        found[place] = at
    return found
