"""Inclusion and consistency proofs of RFC 6962: what they need, how they are made and checked.

A proof is made in two steps, so that no storage is needed here: the ranges of leaves whose roots
it lists, and the complete subtrees that cover a range. Who has the subtrees' hashes joins them.

Size 0 is refused: nothing is included in the empty tree, and everything continues it, so such a
proof says nothing. Whoever has seen no checkpoint yet handles that before asking.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nrm_ledger.domain.merkle import HASH_BYTES, Frontier, Node, node_hash


class ProofRefused(Exception):
    """A proof that does not prove what it should, or was asked of impossible numbers."""


@dataclass(frozen=True, slots=True)
class Range:
    """The leaves from `start` up to, but without, `end`."""

    start: int
    end: int


def inclusion_ranges(index: int, size: int) -> tuple[Range, ...]:
    """Give the ranges whose roots prove that leaf `index` is in the tree of `size` leaves."""
    if not 0 <= index < size:
        raise ProofRefused("the tree has no leaf of that index")
    found: list[Range] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            found.append(Range(middle, end))
            end = middle
        else:
            found.append(Range(start, middle))
            start = middle
    return tuple(reversed(found))


def consistency_ranges(old: int, new: int) -> tuple[Range, ...]:
    """Give the ranges whose roots prove that the tree of `new` leaves continues that of `old`."""
    if not 0 < old <= new:
        raise ProofRefused("a tree is continued from size 1 on, by one at least as large")
    found: list[Range] = []
    start, end = 0, new
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            found.append(Range(middle, end))
            end = middle
        else:
            found.append(Range(start, middle))
            start = middle
    if start:
        found.append(Range(start, end))
    return tuple(reversed(found))


def subtrees(span: Range) -> Iterator[Node]:
    """Give the complete subtrees that cover a range of a proof, from left to right."""
    start = span.start
    while start < span.end:
        level = (span.end - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def prove(ranges: Sequence[Range], hashes: Mapping[Node, bytes]) -> tuple[bytes, ...]:
    """Join the hashes of the subtrees into the proof; `KeyError` where one is missing."""
    return tuple(
        Frontier(span.end - span.start, tuple(hashes[node] for node in subtrees(span))).root()
        for span in ranges
    )


def consistency_from(old: Frontier, leaves: Sequence[bytes]) -> tuple[bytes, ...]:
    """Prove that `old`, grown by these leaf hashes, continues itself.

    Needs nothing but the old tree's state, since a consistency proof holds only subtrees of the
    old tree's edge and of what came after it.
    """
    edge = dict(zip(subtrees(Range(0, old.size)), old.hashes, strict=True))
    proof: list[bytes] = []
    for span in consistency_ranges(old.size, old.size + len(leaves)):
        if span.start >= old.size:
            part = leaves[span.start - old.size : span.end - old.size]
            proof.append(Frontier().grow(part).frontier.root())
        else:
            proof.extend(edge[node] for node in subtrees(span))
    return tuple(proof)


def check_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Raise `ProofRefused` unless the proof leads from the leaf hash to the root."""
    if not 0 <= index < size:
        raise ProofRefused("the tree has no leaf of that index")
    _check_lengths(leaf, root, *proof)
    place, last, found = index, size - 1, leaf
    for each in proof:
        if last == 0:
            raise ProofRefused("the proof is too long")
        if place & 1 or place == last:
            found = node_hash(each, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, each)
        place, last = place >> 1, last >> 1
    if last or found != root:
        raise ProofRefused("the proof does not lead to the root")


def check_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Raise `ProofRefused` unless the proof shows that the new tree continues the old one."""
    if not 0 < old <= new:
        raise ProofRefused("a tree is continued from size 1 on, by one at least as large")
    if old == new:
        if proof or old_root != new_root:
            raise ProofRefused("two trees of one size have one root, and no proof")
        return
    _check_lengths(old_root, new_root, *proof)
    path = [old_root, *proof] if old.bit_count() == 1 else list(proof)
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    if not path:
        raise ProofRefused("the proof is empty")
    old_found = new_found = path[0]
    for each in path[1:]:
        if last == 0:
            raise ProofRefused("the proof is too long")
        if place & 1 or place == last:
            old_found, new_found = node_hash(each, old_found), node_hash(each, new_found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            new_found = node_hash(new_found, each)
        place, last = place >> 1, last >> 1
    if last or old_found != old_root or new_found != new_root:
        raise ProofRefused("the proof does not lead to both roots")


def _split(size: int) -> int:
    """Give the largest power of two below a size of at least two."""
    return 1 << (size - 1).bit_length() - 1


def _check_lengths(*hashes: bytes) -> None:
    if any(len(each) != HASH_BYTES for each in hashes):
        raise ProofRefused("a hash has 32 bytes")
