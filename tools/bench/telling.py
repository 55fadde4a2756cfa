"""The relay: rows of referral's outbox per second, carried to Kafka and marked, by its worker.

The database itself says when each batch was marked, so nobody looks on while it works.
"""

import asyncio
import time
from typing import Final

from nrm_runtime.broker.relay import BATCH_MAX
from tools.bench.stage import BenchFailed, Stage

WORKER: Final = "referral worker"
LOOK_S: Final = 0.5
LIMIT_S: Final = 300.0

_UNSENT: Final = "SELECT count(*) FROM outbox WHERE sent_at IS NULL"
_LAST: Final = "SELECT coalesce(max(id), 0) FROM outbox WHERE sent_at IS NOT NULL"
# The first batch is not counted: nothing says when the relay began with it.
_RATE: Final = """
WITH told AS (
  SELECT sent_at, row_number() OVER (ORDER BY sent_at) AS place FROM outbox
  WHERE id > $1 AND sent_at IS NOT NULL
)
SELECT count(*) AS rows,
       count(*) FILTER (WHERE place > $2) / nullif(extract(epoch FROM
         max(sent_at) - max(sent_at) FILTER (WHERE place = $2)), 0) AS per_s
FROM told
"""


async def relay_per_s(stage: Stage) -> float:
    """Start referral's worker, let it tell all that waits, stop it; gives rows per second.

    Raises `BenchFailed` when it told other than what waited, or does not end.
    """
    async with stage.looking("nrm_referral") as look:
        waiting = int(await look.fetchval(_UNSENT))
        before = int(await look.fetchval(_LAST))
        await stage.start(WORKER)
        begun = time.monotonic()
        while await look.fetchval(_UNSENT):
            stage.check()
            if time.monotonic() - begun > LIMIT_S:
                raise BenchFailed("the relay does not come to its end")
            await asyncio.sleep(LOOK_S)
        await stage.stop(WORKER)
        (found,) = await look.fetch(_RATE, before, min(BATCH_MAX, waiting // 2))
    if found["rows"] != waiting or not found["per_s"]:
        raise BenchFailed(f"{found['rows']} rows were told, {waiting} waited")
    return float(found["per_s"])
