"""The log: how fast it is sequenced and signed, and replayed, verified beside a bare reading."""

from dataclasses import dataclass
from typing import Any

from nrm_ledger.app import service
from nrm_ledger.signer import SignerClient
from nrm_runtime.service import running
from nrm_runtime.store.engine import candidacy, make_election_engine
from services.ledger.tests import speeds
from tools.bench.stage import SIGNER, BenchFailed, Stage

_TREE = "SELECT size, root FROM checkpoint ORDER BY size DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class Speeds:
    """Entries per second; of the replays one figure for each."""

    sequencer: float
    verified: list[float]
    bare: list[float]


async def log_speeds(stage: Stage, entries: int, replays: int) -> Speeds:
    """Sequence so many invented entries behind those that are there, then replay them all.

    The signer is a process of its own, as always; the ledger's worker must not run.
    """
    await stage.start(SIGNER)
    settings = stage.settings("ledger")
    assert settings.signer is not None
    async with running(service(), settings) as held:
        await speeds.fill(held.app, entries)
        engine = make_election_engine(settings.database_url("sequencer"))
        async with candidacy(engine) as office:
            sequenced = await speeds.sequencer_per_s(office, SignerClient(settings.signer))
        await engine.dispose()
        verified, bare = [], []
        async with held.app.connect() as tx:
            row: Any = (await tx.exec_driver_sql(_TREE)).one()
            if row.size < entries:
                raise BenchFailed(f"{row.size} entries were signed, {entries} waited")
            for _ in range(replays):
                root = bytes(row.root)
                verified.append(await speeds.replay_verified_per_s(tx, row.size, root))
                bare.append(await speeds.replay_bare_per_s(tx, row.size))
    await stage.stop(SIGNER)
    return Speeds(sequenced, verified, bare)
