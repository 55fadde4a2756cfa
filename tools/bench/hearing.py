"""Hearing: acceptances per second in one worker process of assistance, each opening an assistance.

A bad message stands among them and harms no other. The inbox itself says when each message was
heard, so nobody looks on while the worker works.
"""

import asyncio
import json
import time
from typing import Final
from uuid import uuid4

from tools.bench.stage import BenchFailed, Stage

WORKER: Final = "assistance worker"
TOPIC: Final = "nrm.referral"
LOOK_S: Final = 0.5
LIMIT_S: Final = 600.0

_TOLD: Final = "SELECT count(*) FROM outbox WHERE topic = $1 AND sent_at IS NOT NULL"
_TAKEN: Final = """
SELECT (SELECT coalesce(sum(told), 0) FROM heard WHERE topic = $1)
     + (SELECT count(*) FROM parked WHERE topic = $1)
"""
_OPENED: Final = "SELECT count(*) FROM assistance"
_NOW: Final = "SELECT clock_timestamp()"
_RATE: Final = """
SELECT count(*) AS heard, extract(epoch FROM max(heard_at) - min(heard_at)) AS seconds
FROM inbox WHERE topic = $1 AND heard_at > $2
"""
_POISON: Final = """
INSERT INTO outbox (message_id, topic, key, stream, told, body) VALUES ($1, $2, $3, $4, 1, $5)
"""


async def tell_poison(stage: Stage) -> None:
    """Put a message with a wrong schema into referral's outbox, behind what waits there.

    As a faulty teller would; it is about a case of its own.
    """
    message, case, stream = uuid4(), uuid4(), uuid4()
    body = {
        "specversion": "1.0",
        "id": str(message),
        "source": "/nrm/referral",
        "type": "nrm.referral.accepted",
        "subject": str(case),
        "time": "2026-03-02T09:30:00.000000Z",
        "datacontenttype": "application/json",
        "dataschema": "urn:nrm:schema:nrm.referral.accepted:v1",
        "stream": str(stream),
        "told": 1,
        "correlationid": str(message),
        "data": {"needs": "not a list"},
    }
    async with stage.looking("nrm_referral") as look:
        await look.execute(_POISON, message, TOPIC, case, stream, json.dumps(body).encode())


async def catch_up(stage: Stage) -> None:
    """Start assistance's worker, let it hear all that was told, stop it."""
    async with stage.looking("nrm_referral") as teller, stage.looking("nrm_assistance") as hearer:
        told = await teller.fetchval(_TOLD, TOPIC)
        await stage.start(WORKER)
        begun = time.monotonic()
        while await hearer.fetchval(_TAKEN, TOPIC) < told:
            stage.check()
            if time.monotonic() - begun > LIMIT_S:
                raise BenchFailed("assistance does not hear all that was told")
            await asyncio.sleep(LOOK_S)
        await stage.stop(WORKER)


async def hear_per_s(stage: Stage, acceptances: int) -> float:
    """Let one worker hear so many acceptances and what else was told; gives messages per second.

    Raises `BenchFailed` unless each acceptance opened an assistance and every bad message was
    set aside.
    """
    async with stage.looking("nrm_assistance") as look:
        opened, begun = await look.fetchval(_OPENED), await look.fetchval(_NOW)
        await catch_up(stage)
        (found,) = await look.fetch(_RATE, TOPIC, begun)
        opened = await look.fetchval(_OPENED) - opened
    if opened != acceptances or found["heard"] != acceptances:
        raise BenchFailed(
            f"{acceptances} acceptances: {found['heard']} were heard, {opened} opened an assistance"
        )
    return acceptances / float(found["seconds"])
