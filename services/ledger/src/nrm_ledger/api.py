"""The log over HTTP: C2SP tlog-tiles, proofs, and for auditors the entries of a case.

Notes, hash tiles and proofs say sizes and hashes only, and are for everybody who has a token.
Entries say who did what, in codes and opaque ids: they are for auditors.
"""

import base64
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel

from nrm_ledger import queries
from nrm_ledger.domain.bundle import case_file
from nrm_ledger.domain.keys import verifier_key
from nrm_ledger.domain.proof import ProofRefused
from nrm_ledger.domain.tiles import (
    TILE_WIDTH,
    Tile,
    TileRefused,
    encode_entries,
    encode_tile,
    row_length,
    tile_at,
)
from nrm_runtime.access import AUDIT
from nrm_runtime.web.edge import Edge, EdgeDep
from nrm_runtime.web.paging import Page, PagingDep
from nrm_runtime.web.problems import Problem, absent
from nrm_runtime.web.route import CommandRoute

FOR_EVER: Final = "private, max-age=31536000, immutable"  # a tile never changes
ASK_AGAIN: Final = "no-cache"
NOTES_MAX: Final = 1000
HISTORY_MAX: Final = 100

router = APIRouter(route_class=CommandRoute, tags=["log"])

Index = Annotated[int, Query(ge=0, le=2**62)]
Size = Annotated[int, Query(ge=1, le=2**62)]
Few = Annotated[int, Query(ge=1, le=HISTORY_MAX)]


class InclusionProof(BaseModel):
    """That a leaf is in the tree of a size, whose signed checkpoint is the newest."""

    index: int
    size: int
    leaf: str
    proof: list[str]
    checkpoint: str


class ConsistencyProof(BaseModel):
    """That the tree of size `new` continues the tree of size `old`."""

    old: int
    new: int
    proof: list[str]


class EntryOut(BaseModel):
    """An entry's place, and its exact text."""

    index: int
    entry: str


class NoteOut(BaseModel):
    """A signed checkpoint."""

    size: int
    note: str


class SignedOut(BaseModel):
    """A checkpoint with the time at which it was signed."""

    size: int
    signed_at: datetime
    note: str


class HistoryOut(BaseModel):
    """Checkpoints, newest first, and whose signature they bear."""

    vkey: str
    items: list[SignedOut]


class Receipt(BaseModel):
    """Where one entry stands in the log, with its proof; the entry itself is for auditors."""

    index: int
    size: int
    leaf: str
    proof: list[str]
    checkpoint: str
    vkey: str
    entry: str | None


@router.get("/checkpoint", operation_id="checkpoint", response_class=Response)
async def checkpoint(edge: EdgeDep) -> Response:
    """Give the newest signed note."""
    signed = await _newest(edge)
    return _text(signed.note)


@router.get("/log/vkey", operation_id="verifier_key", response_class=Response)
async def vkey(edge: EdgeDep) -> Response:
    """Give the verifier key. Auditors pin it from elsewhere: this is to compare."""
    signed = await _newest(edge)
    return _text((signed.vkey + "\n").encode())


@router.get("/log/checkpoints", operation_id="checkpoints")
async def checkpoints(edge: EdgeDep, after: Index = 0) -> list[NoteOut]:
    """Give signed notes, oldest first, `NOTES_MAX` at once; `after` is the last size seen."""
    edge.need(*queries.ANYBODY)
    found = await queries.notes(edge.tx, after, NOTES_MAX, principal=edge.principal)
    return [NoteOut(size=size, note=note.decode()) for size, note in found]


@router.get("/log/history", operation_id="checkpoint_history")
async def checkpoint_history(
    edge: EdgeDep, before: Index = 2**62, limit: Few = HISTORY_MAX
) -> HistoryOut:
    """Give signed notes with their times, newest first; `before` is the smallest size seen."""
    signed = await _newest(edge)
    found = await queries.history(edge.tx, before, limit, principal=edge.principal)
    return HistoryOut(
        vkey=signed.vkey,
        items=[SignedOut(size=one.size, signed_at=one.at, note=one.note.decode()) for one in found],
    )


@router.get("/entries/{stream}/{seq}", operation_id="entry_receipt")
async def entry_receipt(
    stream: UUID, seq: Annotated[int, Path(ge=1, le=2**31 - 1)], edge: EdgeDep
) -> Receipt:
    """Prove that a numbered entry of a stream is in the log; auditors are shown it."""
    signed = await _newest(edge)
    index = await queries.place_of(edge.tx, stream, seq, signed.size, principal=edge.principal)
    leaf = (
        None if index is None else await queries.leaf_at(edge.tx, index, principal=edge.principal)
    )
    if index is None or leaf is None:
        raise absent()
    proof = await queries.inclusion(edge.tx, index, signed.size, principal=edge.principal)
    audits = AUDIT in edge.principal.scopes
    raw = await queries.entries(edge.tx, index, 1, principal=edge.principal) if audits else []
    return Receipt(
        index=index,
        size=signed.size,
        leaf=_base64(leaf),
        proof=[_base64(each) for each in proof],
        checkpoint=signed.note.decode(),
        vkey=signed.vkey,
        entry=raw[0].decode() if raw else None,
    )


@router.get("/tile/{path:path}", operation_id="tile", response_class=Response)
async def tile(path: str, edge: EdgeDep) -> Response:
    """Give a hash tile or an entry bundle, full or partial, of what is signed."""
    edge.need(*queries.ANYBODY)
    try:
        wanted = tile_at(f"tile/{path}")
    except TileRefused:
        raise absent() from None
    if wanted.row is None:
        edge.need(AUDIT)
    signed = await _newest(edge)
    if wanted.start + wanted.width > row_length(signed.size, wanted.row or 0):
        raise absent()
    content = await _content(edge, wanted)
    return Response(content, 200, {"Cache-Control": FOR_EVER}, "application/octet-stream")


@router.get("/proof/inclusion", operation_id="inclusion_proof")
async def inclusion_proof(
    edge: EdgeDep, event: UUID | None = None, index: Index | None = None, size: Size | None = None
) -> InclusionProof:
    """Prove an entry, by its event or its index, in the tree of a size (usually the newest)."""
    signed = await _newest(edge)
    if event is not None:
        index = await queries.index_of(edge.tx, event, principal=edge.principal)
    if index is None:
        raise absent()
    size = signed.size if size is None else size
    leaf = await queries.leaf_at(edge.tx, index, principal=edge.principal)
    if leaf is None or not index < size <= signed.size:
        raise absent()
    proof = await queries.inclusion(edge.tx, index, size, principal=edge.principal)
    return InclusionProof(
        index=index,
        size=size,
        leaf=_base64(leaf),
        proof=[_base64(each) for each in proof],
        checkpoint=signed.note.decode(),
    )


@router.get("/proof/consistency", operation_id="consistency_proof")
async def consistency_proof(edge: EdgeDep, old: Size, new: Size | None = None) -> ConsistencyProof:
    """Prove that the tree of a size (usually the newest) continues that of an older one."""
    signed = await _newest(edge)
    new = signed.size if new is None else new
    if new > signed.size:
        raise absent()
    try:
        proof = await queries.consistency(edge.tx, old, new, principal=edge.principal)
    except ProofRefused as error:
        raise Problem(422, "sizes", "The old size is the smaller one.") from error
    return ConsistencyProof(old=old, new=new, proof=[_base64(each) for each in proof])


@router.get("/cases/{case}/entries", operation_id="case_entries")
async def case_entries(case: UUID, edge: EdgeDep, paging: PagingDep) -> Page[EntryOut]:
    """Give a case's entries in the order of the log; for auditors."""
    edge.need(AUDIT)
    signed = await _newest(edge)
    after = int(paging.after[0]) if paging.after else -1
    found = await queries.entries_of(
        edge.tx, case, after, paging.limit + 1, signed.size, principal=edge.principal
    )
    return paging.page(
        found,
        lambda each: (str(each.index),),
        lambda each: EntryOut(index=each.index, entry=each.raw.decode()),
    )


@router.get("/cases/{case}/bundle", operation_id="case_bundle", response_class=Response)
async def case_bundle(case: UUID, edge: EdgeDep) -> Response:
    """Give a case's entries with proofs as one file to verify offline; for auditors.

    It proves inclusion, not completeness, and says so.
    """
    edge.need(AUDIT)
    signed = await _newest(edge)
    items = await queries.included(edge.tx, case, signed.size, principal=edge.principal)
    if not items:
        raise absent()
    content = case_file(case, signed.note, verifier_key(signed.vkey), items)
    return Response(content, 200, {"Cache-Control": ASK_AGAIN}, "application/json")


async def _newest(edge: Edge) -> queries.Signed:
    edge.need(*queries.ANYBODY)
    signed = await queries.newest(edge.tx, principal=edge.principal)
    if signed is None:
        raise absent()
    return signed


async def _content(edge: Edge, wanted: Tile) -> bytes:
    start, width = wanted.start, wanted.width
    assert width <= TILE_WIDTH
    if wanted.row is None:
        return encode_entries(
            await queries.entries(edge.tx, start, width, principal=edge.principal)
        )
    return encode_tile(
        await queries.hashes(edge.tx, wanted.row, start, width, principal=edge.principal)
    )


def _text(content: bytes) -> Response:
    return Response(content, 200, {"Cache-Control": ASK_AGAIN}, "text/plain; charset=utf-8")


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
