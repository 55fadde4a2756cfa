"""Hand-offs through the API: the accept command with all its guards, by many clients at once."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

from tools.bench.calling import Caller, Request
from tools.bench.offers import Offer
from tools.bench.stage import BenchFailed, Stage

WEB = "referral web"
ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class Answered:
    """How fast a round was answered: per second, and each delay in seconds."""

    per_s: float
    delays: Sequence[float]


def acceptance(offer: Offer, tokens: Mapping[str, str]) -> Request:
    """Give the request by which a receiver accepts an offer, under a new idempotency key."""
    return Request(
        path=f"/cases/{offer.case}/referrals/{offer.referral}/accept",
        token=tokens[offer.receiver],
        key=str(uuid4()),
        match=offer.tag,
        body=b"{}",
    )


async def hand_offs_per_s(
    stage: Stage, offers: Sequence[Offer], tokens: Mapping[str, str], clients: int
) -> Answered:
    """Accept all these offers by so many clients, each on its own connection.

    Raises `BenchFailed` for an answer that is no acceptance.
    """
    requests = iter([acceptance(offer, tokens) for offer in offers])
    delays: list[float] = []
    async with callers(stage, clients) as open_now:
        begun = time.perf_counter()
        work = [_client(caller, requests, delays) for caller in open_now]
        for end in await asyncio.gather(*work, return_exceptions=True):
            if isinstance(end, BaseException):
                raise end
        lasted = time.perf_counter() - begun
    return Answered(len(offers) / lasted, delays)


@asynccontextmanager
async def callers(stage: Stage, count: int) -> AsyncIterator[list[Caller]]:
    """Hold so many connections to referral's web process."""
    async with AsyncExitStack() as stack:
        held: list[Caller] = []
        for _ in range(count):
            held.append(await Caller.to(stage.plan.services["referral"]))
            stack.push_async_callback(held[-1].close)
        yield held


async def _client(caller: Caller, requests: Iterator[Request], delays: list[float]) -> None:
    for request in requests:
        sent = time.perf_counter()
        said = await caller.post(request)
        delays.append(time.perf_counter() - sent)
        if said.get("state") != ACCEPTED:
            raise BenchFailed(f"{request.path}: not accepted")
