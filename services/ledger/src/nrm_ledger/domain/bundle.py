"""What a stranger is handed: the whole log as a folder of files, or one case as one file.

The folder is a plain C2SP tlog-tiles log: `checkpoint`, `vkey`, and under `tile/` exactly the
hash tiles and entry bundles of that checkpoint's size.

The file of one case is JSON in one fixed form and holds each entry's exact text, its index and
its proof. It proves that these entries are in the log; it cannot prove that the case has no
others, and says so in `proves`.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from nrm_ledger.domain.chain import Chains
from nrm_ledger.domain.checkpoint import Checkpoint, NoteRefused, open_checkpoint
from nrm_ledger.domain.fault import FaultFound, FaultKind
from nrm_ledger.domain.keys import VerifierKey, decode_base64
from nrm_ledger.domain.merkle import ROW_HEIGHT, Frontier, leaf_hash
from nrm_ledger.domain.proof import ProofRefused, check_inclusion
from nrm_ledger.domain.tiles import TILE_WIDTH, Tile, encode_entries, encode_tile
from nrm_ledger.domain.verify import CHECKPOINT, SINCE, VKEY, Listener
from nrm_runtime.ledger import EntryRefused
from nrm_runtime.ledger.bulk import read_line

FORMAT: Final = "nrm-case-bundle/1"
PROVES: Final = "inclusion of these entries, not completeness of the case"
FILE: Final = "bundle"


@dataclass(frozen=True, slots=True)
class Included:
    """One entry of a case: its index in the log, its exact bytes, and its inclusion proof."""

    index: int
    raw: bytes
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class VerifiedCase:
    """A case's file without fault."""

    case: UUID
    checkpoint: Checkpoint
    entries: int


def folder_files(
    entries: Iterable[bytes], note: bytes, key: VerifierKey
) -> Iterator[tuple[str, bytes]]:
    """Give path and content of every file of an exported log.

    `entries` are those of the checkpoint in the note, in order. Raises `NoteRefused` when the
    note is not signed by `key`, or its size or root is not that of the entries; the files given
    out before are then worth nothing.
    """
    checkpoint = open_checkpoint(note, key)
    yield VKEY, (key.text + "\n").encode()
    yield CHECKPOINT, note
    frontier, rows = Frontier(), dict[int, list[bytes]]()
    for index, batch in enumerate(_batches(entries)):
        leaves = [leaf_hash(each) for each in batch]
        yield Tile(None, index, len(batch)).path, encode_entries(batch)
        yield Tile(0, index, len(batch)).path, encode_tile(leaves)
        grown = frontier.grow(leaves)
        frontier = grown.frontier
        for (level, _), node in grown.rows.items():
            rows.setdefault(level // ROW_HEIGHT, []).append(node)
    for row, hashes in sorted(rows.items()):
        for start in range(0, len(hashes), TILE_WIDTH):
            part = hashes[start : start + TILE_WIDTH]
            yield Tile(row, start // TILE_WIDTH, len(part)).path, encode_tile(part)
    if (frontier.size, frontier.root()) != (checkpoint.size, checkpoint.root):
        raise NoteRefused("the checkpoint is not that of these entries")


def case_file(case: UUID, note: bytes, key: VerifierKey, entries: Sequence[Included]) -> bytes:
    """Give the bytes of one case's file; the entries in the order of their indices."""
    return bundle_text(
        {
            "format": FORMAT,
            "proves": PROVES,
            "case": str(case),
            "vkey": key.text,
            "checkpoint": note.decode("utf-8"),
            "entries": [
                {
                    "index": each.index,
                    "entry": each.raw.decode("utf-8"),
                    "proof": [_base64(part) for part in each.proof],
                }
                for each in entries
            ],
        }
    )


def verify_case(
    content: bytes,
    pinned: VerifierKey,
    since: Checkpoint | None = None,
    listener: Listener | None = None,
) -> VerifiedCase:
    """Verify the file of one case offline; `FaultFound` with the first fault.

    Against `since` only a smaller or contradicting checkpoint shows: a file of one case holds
    too little of the tree to prove that a larger one continues it.
    """
    value = _parse(content)
    if value["vkey"] != pinned.text:
        raise FaultFound(FaultKind.OTHER_KEY, FILE, "is not signed by the key that was pinned")
    try:
        checkpoint = open_checkpoint(value["checkpoint"].encode(), pinned)
    except NoteRefused as error:
        raise FaultFound(FaultKind.SIGNATURE, FILE, str(error)) from error
    _check_since(checkpoint, since)
    case, chains, last = UUID(value["case"]), Chains(), -1
    for item in value["entries"]:
        index, raw = item["index"], item["entry"].encode()
        if index <= last:
            raise FaultFound(FaultKind.FILE_FORM, FILE, "does not stand in order", index)
        last = index
        _check_included(checkpoint, index, raw, item["proof"])
        try:
            line = read_line(raw)
        except EntryRefused as error:
            raise FaultFound(FaultKind.ENTRY_FORM, FILE, str(error), index) from error
        if (line.case or line.stream) != case:
            raise FaultFound(FaultKind.EXTRA_ENTRY, FILE, "belongs to another case", index)
        chains.follow(FILE, index, line, leaf_hash(raw))
        if listener is not None:
            listener(index, raw, line)
    return VerifiedCase(case, checkpoint, len(value["entries"]))


def _check_since(checkpoint: Checkpoint, since: Checkpoint | None) -> None:
    if since is None:
        return
    if since.size > checkpoint.size:
        why = f"has {checkpoint.size} entries; an older checkpoint has {since.size}"
        raise FaultFound(FaultKind.TRUNCATED, FILE, why)
    if since.size == checkpoint.size and since.root != checkpoint.root:
        raise FaultFound(FaultKind.FORKED, SINCE, "has the same size and another root")


def _check_included(checkpoint: Checkpoint, index: int, raw: bytes, proof: Sequence[bytes]) -> None:
    try:
        check_inclusion(leaf_hash(raw), index, checkpoint.size, proof, checkpoint.root)
    except ProofRefused as error:
        raise FaultFound(FaultKind.PROOF, FILE, str(error), index) from error


def _batches(entries: Iterable[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    for each in entries:
        batch.append(each)
        if len(batch) == TILE_WIDTH:
            yield batch
            batch = []
    if batch:
        yield batch


def bundle_text(value: Mapping[str, Any]) -> bytes:
    """Give the one form in which the file of a case is written."""
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _parse(content: bytes) -> dict[str, Any]:
    """Take the file apart; `FaultFound` unless it has exactly the form that we write."""
    try:
        value = json.loads(content)
        sound = bundle_text(value) == content and _has_form(value)
    except (ValueError, RecursionError):
        sound = False
    if not sound:
        raise FaultFound(FaultKind.FILE_FORM, FILE, "is not the file of one case")
    found: list[dict[str, Any]] = []
    for item in value["entries"]:
        proof = [decode_base64(each) for each in item["proof"]]
        if None in proof:
            raise FaultFound(FaultKind.FILE_FORM, FILE, "has a malformed proof", item["index"])
        found.append(item | {"proof": proof})
    return {**value, "entries": found}


def _has_form(value: object) -> bool:
    texts = ("case", "vkey", "checkpoint")
    return (
        isinstance(value, dict)
        and value.keys() == {"format", "proves", "entries", *texts}
        and (value["format"], value["proves"]) == (FORMAT, PROVES)
        and all(isinstance(value[each], str) for each in texts)
        and str(UUID(value["case"])) == value["case"]
        and isinstance(value["entries"], list)
        and all(
            isinstance(item, dict)
            and item.keys() == {"index", "entry", "proof"}
            and type(item["index"]) is int
            and isinstance(item["entry"], str)
            and isinstance(item["proof"], list)
            and all(isinstance(each, str) for each in item["proof"])
            for item in value["entries"]
        )
    )


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
