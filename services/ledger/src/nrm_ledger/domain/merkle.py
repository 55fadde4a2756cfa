"""The Merkle tree of RFC 6962: leaf and node hashes, and a tree that grows without its leaves.

A tree of `n` leaves is covered by complete subtrees, one for each bit of `n`, the largest
first. Their roots are all that is needed to grow the tree and to know its root.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from nrm_runtime.ledger import leaf_hash

__all__ = [
    "EMPTY_ROOT",
    "HASH_BYTES",
    "ROW_HEIGHT",
    "Frontier",
    "Grown",
    "Node",
    "leaf_hash",
    "node_hash",
    "root_of",
]

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
ROW_HEIGHT: Final = 8  # tiles keep the nodes of every eighth level

# A complete subtree: its height above the leaves, and its place among those of that height.
Node: TypeAlias = tuple[int, int]


def node_hash(left: bytes, right: bytes) -> bytes:
    """Give the RFC 6962 hash of an inner node: SHA-256 over 0x01 and both children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The state of a tree of `size` leaves: the roots of its complete subtrees, largest first."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        """Hold that there is one hash of 32 bytes for each bit of the size."""
        if self.size < 0 or len(self.hashes) != self.size.bit_count():
            raise ValueError("a frontier has one hash for each bit of its size")
        if any(len(each) != HASH_BYTES for each in self.hashes):
            raise ValueError("a hash has 32 bytes")

    def root(self) -> bytes:
        """Give the RFC 6962 root of the tree; of the empty one, the hash of nothing."""
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return root

    def grow(self, leaves: Sequence[bytes]) -> "Grown":
        """Add leaf hashes at the right end."""
        old = iter(reversed(self.hashes))
        new: list[bytes] = []
        rows: dict[Node, bytes] = {}
        start, level, nodes = self.size, 0, list(leaves)
        while start or nodes:
            if level and level % ROW_HEIGHT == 0:
                rows.update({(level, start + i): each for i, each in enumerate(nodes)})
            if start & 1:
                nodes.insert(0, next(old))
            if len(nodes) & 1:
                new.append(nodes.pop())
            pairs = zip(nodes[::2], nodes[1::2], strict=True)
            nodes = [node_hash(left, right) for left, right in pairs]
            start, level = start >> 1, level + 1
        return Grown(Frontier(self.size + len(leaves), tuple(reversed(new))), rows)


@dataclass(frozen=True, slots=True)
class Grown:
    """A grown tree, and its newly complete nodes of every eighth level, which tiles keep."""

    frontier: Frontier
    rows: dict[Node, bytes]


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Give the root of the tree over these leaf hashes."""
    return Frontier().grow(leaves).frontier.root()
