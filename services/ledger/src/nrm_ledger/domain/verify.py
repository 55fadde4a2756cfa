"""Verifies an exported log offline and names its first fault.

What is trusted is the verifier key that the auditor pinned, and any checkpoint kept from before;
everything else is computed again from the entries: leaf hashes, the stream of every entry, every
tile and the root. Any change of any file is found, since every byte of every file is either
computed here or signed.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from nrm_ledger.domain.chain import Chains
from nrm_ledger.domain.checkpoint import Checkpoint, NoteRefused, open_checkpoint
from nrm_ledger.domain.fault import FaultFound, FaultKind
from nrm_ledger.domain.keys import KeyRefused, VerifierKey, verifier_key
from nrm_ledger.domain.merkle import HASH_BYTES, ROW_HEIGHT, Frontier, Node, leaf_hash
from nrm_ledger.domain.tiles import (
    TILE_WIDTH,
    Tile,
    TileRefused,
    decode_entries,
    decode_tile,
    tiles_of,
)
from nrm_runtime.ledger import EntryRefused
from nrm_runtime.ledger.bulk import Line, read_line

CHECKPOINT = "checkpoint"
VKEY = "vkey"
SINCE = "the checkpoint kept from before"

# Called with index, exact bytes and parsed line of each entry, in order, once it was found good.
Listener: TypeAlias = Callable[[int, bytes, Line], None]


class Folder(Protocol):
    """An exported log: files by their paths with forward slashes, relative to its folder."""

    def paths(self) -> Collection[str]:
        """Give the paths of all files there are."""
        ...

    def read(self, path: str) -> bytes:
        """Give the bytes of one of them."""
        ...


@dataclass(frozen=True, slots=True)
class Verified:
    """A log without fault: its checkpoint, and how many streams and cases it has."""

    checkpoint: Checkpoint
    streams: int
    cases: int


class Replay:
    """Takes a log's entries in order: hashes leaves, grows the tree, follows every stream."""

    def __init__(self, listener: Listener | None = None) -> None:
        """Begin with the empty log."""
        self.frontier = Frontier()
        self.rows: dict[Node, bytes] = {}
        self.chains = Chains()
        self._listener = listener

    def take(self, file: str, entries: Sequence[bytes], leaves: Sequence[bytes]) -> None:
        """Take the next entries and their leaf hashes; `FaultFound` at the first bad one."""
        follow, listener = self.chains.follow, self._listener
        index = self.frontier.size
        for raw, leaf in zip(entries, leaves, strict=True):
            try:
                line = read_line(raw)
            except EntryRefused as error:
                raise FaultFound(FaultKind.ENTRY_FORM, file, str(error), index) from error
            follow(file, index, line, leaf)
            if listener is not None:
                listener(index, raw, line)
            index += 1
        grown = self.frontier.grow(leaves)
        self.frontier = grown.frontier
        self.rows.update(grown.rows)


class Kept:
    """Checkpoints held from before: which of them the entries give, and which they do not."""

    def __init__(self, checkpoints: Iterable[Checkpoint]) -> None:
        """Keep them by size."""
        self._waiting = deque(sorted(checkpoints, key=lambda each: each.size))
        self.good = 0  # entries known to be those that were signed
        self.wrong: Checkpoint | None = None  # the first that the entries do not give
        self.forked: set[Checkpoint] = set()

    def compare(self, before: Frontier, leaves: Sequence[bytes]) -> None:
        """Compare those whose size lies among the next leaves of the log."""
        end = before.size + len(leaves)
        while self._waiting and self._waiting[0].size <= end:
            kept = self._waiting.popleft()
            if before.grow(leaves[: kept.size - before.size]).frontier.root() != kept.root:
                self.wrong = self.wrong or kept
                self.forked.add(kept)
            elif self.wrong is None:
                self.good = kept.size


def verify_folder(
    folder: Folder,
    pinned: VerifierKey,
    since: Checkpoint | None = None,
    listener: Listener | None = None,
    history: Iterable[Checkpoint] = (),
) -> Verified:
    """Verify an exported log; `since` is a checkpoint of it that was held before.

    `history`, other checkpoints of it, helps to say where the first difference is. Raises
    `FaultFound` with the first fault. Order: key, signature, size against `since`, files there
    and not there, each entry and its tile, continuation of `since`, root, rows of tiles.
    """
    paths = frozenset(folder.paths())
    _check_key(folder, paths, pinned)
    checkpoint = _checkpoint(folder, paths, pinned)
    if since is not None and since.size > checkpoint.size:
        why = f"has {checkpoint.size} entries; an older checkpoint has {since.size}"
        raise FaultFound(FaultKind.TRUNCATED, CHECKPOINT, why)
    tiles = list(tiles_of(checkpoint.size))
    _check_files(paths, tiles)
    replay, kept = Replay(listener), Kept({*history, *([] if since is None else [since])})
    _take_entries(folder, checkpoint, tiles, replay, kept)
    if kept.wrong is None and replay.frontier.root() != checkpoint.root:
        kept.wrong = checkpoint
    unlike = next(_unlike(folder, tiles, replay), None)
    if kept.wrong is not None:
        raise _rewritten(kept, kept.wrong, since, unlike)
    if unlike is not None:
        why = f"hash {unlike.place} is not that of entries {unlike.first} to {unlike.last}"
        raise FaultFound(FaultKind.TILE, unlike.tile.path, why)
    return Verified(checkpoint, len(replay.chains.last), replay.chains.cases())


def _check_key(folder: Folder, paths: Collection[str], pinned: VerifierKey) -> None:
    if VKEY not in paths:
        raise FaultFound(FaultKind.MISSING_FILE, VKEY, "is missing")
    try:
        found = verifier_key(folder.read(VKEY).decode("utf-8").removesuffix("\n"))
    except (KeyRefused, UnicodeDecodeError) as error:
        raise FaultFound(FaultKind.OTHER_KEY, VKEY, "is no verifier key") from error
    if folder.read(VKEY) != (pinned.text + "\n").encode() or found != pinned:
        raise FaultFound(FaultKind.OTHER_KEY, VKEY, "is not the key that was pinned")


def _checkpoint(folder: Folder, paths: Collection[str], pinned: VerifierKey) -> Checkpoint:
    if CHECKPOINT not in paths:
        raise FaultFound(FaultKind.MISSING_FILE, CHECKPOINT, "is missing")
    try:
        return open_checkpoint(folder.read(CHECKPOINT), pinned)
    except NoteRefused as error:
        raise FaultFound(FaultKind.SIGNATURE, CHECKPOINT, str(error)) from error


def _check_files(paths: Collection[str], tiles: Sequence[Tile]) -> None:
    expected = {CHECKPOINT: None, VKEY: None} | {tile.path: None for tile in tiles}
    for path in expected:
        if path not in paths:
            raise FaultFound(FaultKind.MISSING_FILE, path, "is missing")
    for path in sorted(set(paths) - expected.keys()):
        raise FaultFound(FaultKind.EXTRA_FILE, path, "does not belong to a log of that size")


def _take_entries(
    folder: Folder,
    checkpoint: Checkpoint,
    tiles: Sequence[Tile],
    replay: Replay,
    kept: Kept,
) -> None:
    """Take every entry bundle beside its tile of leaf hashes."""
    for bundle in (tile for tile in tiles if tile.row is None):
        hashes = _hashes(folder, Tile(0, bundle.index, bundle.width))
        try:
            entries = decode_entries(folder.read(bundle.path))
        except TileRefused as error:
            raise FaultFound(FaultKind.FILE_FORM, bundle.path, str(error)) from error
        leaves = [leaf_hash(each) for each in entries]
        if leaves != hashes:
            raise _unequal(folder, checkpoint, tiles, bundle, leaves, hashes)
        kept.compare(replay.frontier, leaves)
        replay.take(bundle.path, entries, leaves)
        if len(leaves) != bundle.width:
            # Tile and bundle agree, and no stream is broken: it was the last of its stream.
            why = f"the file has {len(leaves)} entries instead of {bundle.width}"
            index = bundle.start + min(len(leaves), bundle.width)
            kind = FaultKind.MISSING_ENTRY if len(leaves) < bundle.width else FaultKind.EXTRA_ENTRY
            raise FaultFound(kind, bundle.path, why, index)


def _tile(folder: Folder, tile: Tile) -> list[bytes]:
    hashes = _hashes(folder, tile)
    if len(hashes) != tile.width:
        why = f"has {len(hashes)} hashes instead of {tile.width}"
        raise FaultFound(FaultKind.FILE_FORM, tile.path, why)
    return hashes


def _hashes(folder: Folder, tile: Tile) -> list[bytes]:
    content = folder.read(tile.path)
    try:
        return decode_tile(content, len(content) // HASH_BYTES)
    except TileRefused as error:
        raise FaultFound(FaultKind.FILE_FORM, tile.path, str(error)) from error


def _unequal(
    folder: Folder,
    checkpoint: Checkpoint,
    tiles: Sequence[Tile],
    bundle: Tile,
    leaves: Sequence[bytes],
    hashes: Sequence[bytes],
) -> FaultFound:
    """Say which of the two is wrong, an entry or the tile beside it: the signed root knows."""
    pairs = zip(leaves, hashes, strict=False)
    at = next((i for i, (ours, theirs) in enumerate(pairs) if ours != theirs), None)
    place = min(len(leaves), len(hashes)) if at is None else at
    index = bundle.start + place
    tile = Tile(0, bundle.index, bundle.width).path
    if len(hashes) != bundle.width:
        why = f"has {len(hashes)} hashes instead of {bundle.width}; {place} is not that of an entry"
        return FaultFound(FaultKind.TILE, tile, why, index)
    if len(leaves) < len(hashes):
        why = f"the file has {len(leaves)} entries instead of {len(hashes)}"
        return FaultFound(FaultKind.MISSING_ENTRY, bundle.path, why, index)
    if len(leaves) > len(hashes):
        why = f"the file has {len(leaves)} entries instead of {len(hashes)}"
        return FaultFound(FaultKind.EXTRA_ENTRY, bundle.path, why, index)
    if _root_of_entries(folder, tiles) == checkpoint.root:
        why = f"hash {place} is not that of the entry"
        return FaultFound(FaultKind.TILE, tile, why, index)
    why = f"does not have the hash that {tile} holds for it"
    return FaultFound(FaultKind.ENTRY_CHANGED, bundle.path, why, index)


def _root_of_entries(folder: Folder, tiles: Sequence[Tile]) -> bytes | None:
    frontier = Frontier()
    for bundle in (tile for tile in tiles if tile.row is None):
        try:
            entries = decode_entries(folder.read(bundle.path))
        except TileRefused:
            return None
        frontier = frontier.grow([leaf_hash(each) for each in entries]).frontier
    return frontier.root()


@dataclass(frozen=True, slots=True)
class Unlike:
    """A hash of a tile above the leaves that is not the one which these entries give."""

    tile: Tile
    place: int
    first: int
    last: int


def _unlike(folder: Folder, tiles: Sequence[Tile], replay: Replay) -> Iterator[Unlike]:
    """Compare every row of tiles above the leaves with what the leaves give."""
    for tile in (each for each in tiles if each.row):
        assert tile.row is not None
        level, entries = tile.row * ROW_HEIGHT, TILE_WIDTH**tile.row
        for place, found in enumerate(_tile(folder, tile)):
            at = tile.start + place
            if found != replay.rows.get((level, at)):
                yield Unlike(tile, place, at * entries, (at + 1) * entries - 1)


def _rewritten(
    kept: Kept, wrong: Checkpoint, since: Checkpoint | None, unlike: Unlike | None
) -> FaultFound:
    """Say between which entries the log differs from the one that was signed.

    A row of tiles that was forgotten when the entries were rewritten helps to say where.
    """
    first, last = kept.good, wrong.size - 1
    if unlike is not None and unlike.first <= last and unlike.last >= first:
        first, last = max(first, unlike.first), min(last, unlike.last)
    forked = since in kept.forked
    kind = FaultKind.FORKED if forked else FaultKind.ROOT
    why = f"entries {first} to {last} are not all those that were signed"
    return FaultFound(kind, SINCE if forked else CHECKPOINT, why, first)
