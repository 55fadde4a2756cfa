"""What the log shows: notes, tiles, proofs and the entries of a case, up to the newest checkpoint.

Sizes and hashes are for everybody who has a token, entries for auditors. Nothing that is not
signed yet is shown. Rows that are missing are not made up: a tile or bundle
is then shorter than its path says, and whoever verifies it finds out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from nrm_ledger.domain.bundle import Included
from nrm_ledger.domain.merkle import ROW_HEIGHT, Node, root_of
from nrm_ledger.domain.proof import (
    Range,
    consistency_ranges,
    inclusion_ranges,
    prove,
    subtrees,
)
from nrm_ledger.domain.tiles import row_span
from nrm_runtime.access import AUDIT, OPERATE, READ, Deny, Principal, may
from nrm_runtime.web.problems import Problem, forbidden

ANYBODY: Final = (READ, OPERATE, AUDIT)


@dataclass(frozen=True, slots=True)
class Signed:
    """The newest checkpoint."""

    size: int
    note: bytes
    vkey: str


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry and its place in the log."""

    index: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A checkpoint of some time: its size, when it was signed, its exact note."""

    size: int
    at: datetime
    note: bytes


async def newest(tx: AsyncConnection, *, principal: Principal) -> Signed | None:
    """Give the newest checkpoint; `None` while nothing was signed."""
    _let_pass(principal, *ANYBODY)
    found = await tx.exec_driver_sql(
        "SELECT size, note, vkey FROM checkpoint, signer ORDER BY size DESC LIMIT 1"
    )
    row = found.one_or_none()
    return None if row is None else Signed(row.size, bytes(row.note), row.vkey)


async def notes(
    tx: AsyncConnection, after: int, limit: int, *, principal: Principal
) -> list[tuple[int, bytes]]:
    """Give signed checkpoints larger than `after`, oldest first, with their sizes."""
    _let_pass(principal, *ANYBODY)
    found = await tx.exec_driver_sql(
        "SELECT size, note FROM checkpoint WHERE size > $1 ORDER BY size LIMIT $2", (after, limit)
    )
    return [(row.size, bytes(row.note)) for row in found]


async def history(
    tx: AsyncConnection, before: int, limit: int, *, principal: Principal
) -> list[Note]:
    """Give signed checkpoints smaller than `before`, newest first."""
    _let_pass(principal, *ANYBODY)
    found = await tx.exec_driver_sql(
        "SELECT size, signed_at, note FROM checkpoint WHERE size < $1 ORDER BY size DESC LIMIT $2",
        (before, limit),
    )
    return [Note(row.size, row.signed_at, bytes(row.note)) for row in found]


async def place_of(
    tx: AsyncConnection, stream: UUID, seq: int, size: int, *, principal: Principal
) -> int | None:
    """Give the place below `size` of a numbered entry of a stream, if it has one."""
    _let_pass(principal, *ANYBODY)
    found = await tx.exec_driver_sql(
        "SELECT idx FROM entry JOIN leaf USING (event_id)"
        " WHERE stream = $1 AND seq = $2 AND idx < $3",
        (stream, seq, size),
    )
    return found.scalar_one_or_none()


async def hashes(
    tx: AsyncConnection, row: int, start: int, count: int, *, principal: Principal
) -> list[bytes]:
    """Give a run of hashes of one row of tiles."""
    _let_pass(principal, *ANYBODY)
    if row == 0:
        found = await tx.exec_driver_sql(
            "SELECT leaf_hash FROM leaf WHERE idx >= $1 AND idx < $2 ORDER BY idx",
            (start, start + count),
        )
    else:
        found = await tx.exec_driver_sql(
            "SELECT hash FROM node WHERE level = $1 AND idx >= $2 AND idx < $3 ORDER BY idx",
            (row * ROW_HEIGHT, start, start + count),
        )
    return [bytes(each) for each in found.scalars()]


async def entries(
    tx: AsyncConnection, start: int, count: int, *, principal: Principal
) -> list[bytes]:
    """Give the exact bytes of a run of entries."""
    _let_pass(principal, AUDIT)
    found = await tx.exec_driver_sql(
        "SELECT bytes FROM leaf JOIN entry USING (event_id)"
        " WHERE idx >= $1 AND idx < $2 ORDER BY idx",
        (start, start + count),
    )
    return [bytes(each) for each in found.scalars()]


async def index_of(tx: AsyncConnection, event: UUID, *, principal: Principal) -> int | None:
    """Give the place of an event's entry, if it has one."""
    _let_pass(principal, *ANYBODY)
    found = await tx.exec_driver_sql("SELECT idx FROM leaf WHERE event_id = $1", (event,))
    return found.scalar_one_or_none()


async def entries_of(
    tx: AsyncConnection, case: UUID, after: int, limit: int, size: int, *, principal: Principal
) -> list[Placed]:
    """Give a case's entries with indices above `after` and below `size`, in order.

    Entries of no case are found by their stream, as Kafka's key names them.
    """
    _let_pass(principal, AUDIT)
    found = await tx.exec_driver_sql(
        "SELECT idx, bytes FROM entry JOIN leaf USING (event_id)"
        " WHERE (case_ref = $1 OR case_ref IS NULL AND stream = $1)"
        " AND idx > $2 AND idx < $3 ORDER BY idx LIMIT $4",
        (case, after, size, limit),
    )
    return [Placed(row.idx, bytes(row.bytes)) for row in found]


async def leaf_at(tx: AsyncConnection, index: int, *, principal: Principal) -> bytes | None:
    """Give the leaf hash at an index."""
    found = await hashes(tx, 0, index, 1, principal=principal)
    return found[0] if found else None


async def inclusion(
    tx: AsyncConnection, index: int, size: int, *, principal: Principal
) -> tuple[bytes, ...]:
    """Prove that a leaf is in the tree of a size. Raises `ProofRefused`."""
    return (await inclusions(tx, [index], size, principal=principal))[0]


async def inclusions(
    tx: AsyncConnection, indices: Sequence[int], size: int, *, principal: Principal
) -> list[tuple[bytes, ...]]:
    """Prove several leaves; subtrees that proofs share are computed once."""
    ranges = [inclusion_ranges(index, size) for index in indices]
    nodes = await _nodes(tx, (span for each in ranges for span in each), principal)
    return [prove(each, nodes) for each in ranges]


async def consistency(
    tx: AsyncConnection, old: int, new: int, *, principal: Principal
) -> tuple[bytes, ...]:
    """Prove that the tree of one size continues that of another. Raises `ProofRefused`."""
    ranges = consistency_ranges(old, new)
    return prove(ranges, await _nodes(tx, ranges, principal))


async def included(
    tx: AsyncConnection, case: UUID, size: int, *, principal: Principal
) -> list[Included]:
    """Give all entries of a case below a size with their proofs."""
    found = await entries_of(tx, case, -1, size, size, principal=principal)
    proofs = await inclusions(tx, [each.index for each in found], size, principal=principal)
    return [
        Included(each.index, each.raw, proof) for each, proof in zip(found, proofs, strict=True)
    ]


async def _nodes(
    tx: AsyncConnection, spans: Iterable[Range], principal: Principal
) -> dict[Node, bytes]:
    """Give the roots of the subtrees that cover ranges; one query for each row of tiles."""
    wanted = {node: row_span(node) for span in spans for node in subtrees(span)}
    known: dict[int, dict[int, bytes]] = {}
    for row in {row for row, _, _ in wanted.values()}:
        runs = _merged((start, start + count) for at, start, count in wanted.values() if at == row)
        known[row] = await _runs(tx, row, runs, principal=principal)
    return {
        node: root_of([known[row][at] for at in range(start, start + count)])
        for node, (row, start, count) in wanted.items()
    }


def _merged(runs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join runs (start, end) that overlap or touch."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(runs):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


async def _runs(
    tx: AsyncConnection, row: int, runs: Sequence[tuple[int, int]], *, principal: Principal
) -> dict[int, bytes]:
    """Give the hashes of runs of one row by their places."""
    _let_pass(principal, *ANYBODY)
    starts, ends = [start for start, _ in runs], [end for _, end in runs]
    if row == 0:
        found = await tx.exec_driver_sql(
            "SELECT idx, leaf_hash AS hash FROM unnest($1::bigint[], $2::bigint[]) AS run (a, b)"
            " JOIN leaf ON idx >= a AND idx < b",
            (starts, ends),
        )
    else:
        found = await tx.exec_driver_sql(
            "SELECT idx, hash FROM unnest($1::bigint[], $2::bigint[]) AS run (a, b)"
            " JOIN node ON level = $3 AND idx >= a AND idx < b",
            (starts, ends, row * ROW_HEIGHT),
        )
    hashes_at = {each.idx: bytes(each.hash) for each in found}
    for start, end in runs:
        for at in range(start, end):
            if at not in hashes_at:
                # Nothing is proved around a hole; whoever verifies the tiles finds the place.
                raise Problem(500, "row-missing", f"Hash {at} of row {row} is missing in the log.")
    return hashes_at


def _let_pass(principal: Principal, *scopes: str) -> None:
    """Ask once more, where the rows are: raises `Problem` 403."""
    answer = may(principal, *scopes)
    if isinstance(answer, Deny):
        raise forbidden(answer.code, answer.why)
