"""The toy service as a process of its own: `python -m runtime.tests.toy_main worker`.

It hears what a toy service tells: each message fills a kettle of the same case by a litre.
With TOY_SLOW_S it takes so many seconds for each message, so that a test can kill it in between.
"""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_contracts.envelope import read_envelope
from nrm_runtime.broker.heard import RawHearing, command_id
from nrm_runtime.broker.letter import Letter
from nrm_runtime.persons.keys import Vault
from nrm_runtime.process import main
from nrm_runtime.store.execute import execute
from runtime.tests import toy
from runtime.tests.acts import COOK

NO_VAULT = cast("Vault", None)  # the toy's fills carry no documents


async def fill(tx: AsyncConnection, letters: Sequence[Letter]) -> None:
    for letter in letters:
        envelope = read_envelope(letter.body)
        await execute(
            toy.MACHINE,
            tx,
            NO_VAULT,
            envelope.case,
            toy.Fill(id=command_id("toy", letter.message, 0), by=COOK, at=envelope.at, litres=1),
            now=envelope.at,
        )
        await asyncio.sleep(float(os.environ.get("TOY_SLOW_S", "0")))


if __name__ == "__main__":
    hears = (RawHearing(topic="nrm.toy", handler=fill),) if os.environ.get("TOY_HEARS") else ()
    main(replace(toy.service(), raw=hears, erased=None))
