"""Waiting for something to become true, with a limit and a sentence for what never did."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

LOOK_S: Final = 0.05
LIMIT_S: Final = 60.0


async def until(
    holds: Callable[[], Awaitable[bool]], limit_s: float = LIMIT_S, what: str = "it"
) -> None:
    """Wait until `holds` gives true; fails after so many seconds."""
    deadline = time.monotonic() + limit_s
    while not await holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {limit_s:.0f} s in vain for {what}")
        await asyncio.sleep(LOOK_S)
