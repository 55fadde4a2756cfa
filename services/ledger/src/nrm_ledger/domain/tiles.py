"""The files of C2SP tlog-tiles: paths, full and partial tiles, and entry bundles.

A tile holds up to 256 hashes of one row; row `L` holds the roots of complete subtrees of 256 to
the power of `L` leaves. An entry bundle holds the same number of entries, each behind its length
as sixteen bits. What is not full carries its width in its path: `tile/0/x001/067.p/12`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from nrm_ledger.domain.merkle import HASH_BYTES, ROW_HEIGHT, Node
from nrm_runtime.ledger import ENTRY_BYTES_MAX

TILE_WIDTH: Final = 256
ROW_MAX: Final = 7  # eight rows of eight levels hold more leaves than a size may count
ENTRIES: Final = "entries"

_PATH: Final = re.compile(
    r"tile/(?P<row>entries|0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/)*[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?\Z"
)


class TileRefused(Exception):
    """A path that names no tile, or bytes that are no tile or entry bundle."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One file: `row` of hashes, or `None` for a bundle of entries; `width` items from `start`."""

    row: int | None
    index: int
    width: int = TILE_WIDTH

    @property
    def start(self) -> int:
        """The place, in its row, of the first item."""
        return self.index * TILE_WIDTH

    @property
    def path(self) -> str:
        """The path under the log's address or folder."""
        parts = [f"{self.index % 1000:03}"]
        rest = self.index // 1000
        while rest:
            parts.insert(0, f"x{rest % 1000:03}")
            rest //= 1000
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        row = ENTRIES if self.row is None else str(self.row)
        return f"tile/{row}/{'/'.join(parts)}{partial}"


def tile_at(path: str) -> Tile:
    """Read a path; `TileRefused` unless it is the one form of a tile's path."""
    match = _PATH.match(path)
    if match is None:
        raise TileRefused("not the path of a tile")
    row = None if match["row"] == ENTRIES else int(match["row"])
    index = int(match["index"].replace("x", "").replace("/", ""))
    tile = Tile(row, index, int(match["width"] or TILE_WIDTH))
    if tile.path != path or tile.width > TILE_WIDTH or (row or 0) > ROW_MAX:
        raise TileRefused("not the path of a tile")
    return tile


def row_length(size: int, row: int) -> int:
    """Say how many hashes the row of a tree of `size` leaves holds."""
    return size >> ROW_HEIGHT * row


def tiles_of(size: int) -> Iterator[Tile]:
    """Give exactly the files of a tree of `size` leaves: entry bundles first, then row by row."""
    yield from _row_tiles(None, size)
    row = 0
    while row_length(size, row):
        yield from _row_tiles(row, row_length(size, row))
        row += 1


def row_span(node: Node) -> tuple[int, int, int]:
    """Say where a subtree's hash comes from: row, first place and number of hashes in it."""
    level, index = node
    row, above = divmod(level, ROW_HEIGHT)
    return row, index << above, 1 << above


def encode_tile(hashes: Sequence[bytes]) -> bytes:
    """Put hashes behind one another."""
    return b"".join(hashes)


def decode_tile(content: bytes, width: int) -> list[bytes]:
    """Take a tile apart; `TileRefused` unless it holds exactly `width` hashes."""
    if len(content) != width * HASH_BYTES:
        raise TileRefused(f"has {len(content)} bytes, not {width} hashes of {HASH_BYTES}")
    return [content[at : at + HASH_BYTES] for at in range(0, len(content), HASH_BYTES)]


def encode_entries(entries: Sequence[bytes]) -> bytes:
    """Put entries behind one another, each behind its length; `TileRefused` if one is too long."""
    if any(len(each) > ENTRY_BYTES_MAX for each in entries):
        raise TileRefused(f"an entry has at most {ENTRY_BYTES_MAX} bytes")
    return b"".join(len(each).to_bytes(2, "big") + each for each in entries)


def decode_entries(content: bytes) -> list[bytes]:
    """Take an entry bundle apart; `TileRefused` where a length leads beyond its end."""
    entries: list[bytes] = []
    at, end = 0, len(content)
    while at < end:
        first = at + 2
        at = first + int.from_bytes(content[at:first], "big")
        if at > end or first > end:
            raise TileRefused(f"the length of entry {len(entries)} of this file leads beyond it")
        entries.append(content[first:at])
    return entries


def _row_tiles(row: int | None, length: int) -> Iterator[Tile]:
    full, rest = divmod(length, TILE_WIDTH)
    for index in range(full):
        yield Tile(row, index)
    if rest:
        yield Tile(row, full, rest)
