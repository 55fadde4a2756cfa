"""An invented log for tests: interleaved streams of two cases, chained as the services do it."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from nrm_ledger.domain.bundle import Included, case_file, folder_files
from nrm_ledger.domain.checkpoint import Checkpoint, sign
from nrm_ledger.domain.keys import SigningKey
from nrm_ledger.domain.merkle import Frontier, leaf_hash
from nrm_ledger.domain.proof import inclusion_ranges, prove, subtrees
from nrm_runtime.core import Automatic, Worker
from nrm_runtime.ledger import Commitment, commitment, make_entry

KEY = SigningKey("ledger.example/test", bytes(range(32)))
START = datetime(2026, 11, 5, 8, 0, tzinfo=UTC)
CASES = (UUID(int=0xCA5E1, version=4), UUID(int=0xCA5E2, version=4))
STREAMS = 5
WORKER = Worker(organisation=UUID(int=7), worker=UUID(int=8), country="RO", kind="ngo")


def sample(count: int) -> list[bytes]:
    """Make the first `count` entries of the invented log; the same ones at every call."""
    last: dict[int, tuple[int, bytes | None]] = {}
    entries = []
    for index in range(count):
        stream = index * 7 % STREAMS if index % 3 else index % 2
        seq, prev = last.get(stream, (0, None))
        raw = one(index, stream, seq + 1, prev)
        last[stream] = seq + 1, leaf_hash(raw)
        entries.append(raw)
    return entries


def one(index: int, stream: int, seq: int, prev: bytes | None, note: str = "shelter") -> bytes:
    """Make one entry; streams with even numbers belong to the first case."""
    return make_entry(
        service="referral" if stream else "assistance",
        event=UUID(int=1000 + index),
        stream=UUID(int=stream + 1),
        seq=seq,
        prev=prev,
        case=CASES[stream % 2],
        type_="nrm.referral.offered",
        version=1,
        occurred_at=START + timedelta(seconds=index),
        recorded_at=START + timedelta(seconds=index, microseconds=5),
        actor=WORKER if index % 2 else Automatic(service="referral"),
        contract={"needs": [note], "days": index},
        commitments=[
            Commitment(
                part="body", hmac=commitment(bytes(32), index.to_bytes(4, "big", signed=True))
            )
        ],
    )


def note_of(entries: Sequence[bytes], key: SigningKey = KEY) -> bytes:
    """Sign the checkpoint of these entries."""
    frontier = Frontier().grow([leaf_hash(each) for each in entries]).frontier
    return sign(Checkpoint(key.name, frontier.size, frontier.root()), key)


class Files(dict[str, bytes]):
    """An exported folder in memory."""

    def paths(self) -> Collection[str]:
        return self.keys()

    def read(self, path: str) -> bytes:
        return self[path]


def exported(entries: Sequence[bytes], key: SigningKey = KEY) -> Files:
    """Export the whole log."""
    return Files(folder_files(entries, note_of(entries, key), key.verifier))


def proofs(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Prove one leaf by hashing every subtree from the leaves."""
    ranges = inclusion_ranges(index, len(leaves))
    hashes = {
        (level, place): Frontier()
        .grow(leaves[place << level : (place + 1) << level])
        .frontier.root()
        for span in ranges
        for level, place in subtrees(span)
    }
    return prove(ranges, hashes)


def exported_case(entries: Sequence[bytes], case: UUID = CASES[0]) -> bytes:
    """Export one case."""
    leaves = [leaf_hash(each) for each in entries]
    items = [
        Included(index, raw, proofs(leaves, index))
        for index, raw in enumerate(entries)
        if f'"case":"{case}"'.encode() in raw
    ]
    return case_file(case, note_of(entries), KEY.verifier, items)
