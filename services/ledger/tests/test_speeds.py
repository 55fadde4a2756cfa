"""The bench's measurements work; their figures are printed and never judged here."""

from nrm_ledger.domain.merkle import Frontier, leaf_hash
from nrm_ledger.signer import SignerClient
from nrm_runtime.store.engine import candidacy, make_election_engine
from services.ledger.tests import speeds
from services.ledger.tests.conftest import Log
from services.ledger.tests.sample import sample

COUNT = 3000


async def test_the_speeds_are_measured_over_a_log_that_verifies(log: Log) -> None:
    await speeds.fill(log.running.app, COUNT)
    engine = make_election_engine(log.running.settings.database_url("sequencer"))
    async with candidacy(engine) as office:
        rates = [await speeds.sequencer_per_s(office, SignerClient(log.signer._socket))]
    await engine.dispose()
    root = Frontier().grow([leaf_hash(raw) for raw in sample(COUNT)]).frontier.root()
    async with log.running.app.connect() as tx:
        rates.append(await speeds.replay_verified_per_s(tx, COUNT, root))
        rates.append(await speeds.replay_bare_per_s(tx, COUNT))
    print([round(rate) for rate in rates])  # noqa: T201
    assert all(rate > 0 for rate in rates)
