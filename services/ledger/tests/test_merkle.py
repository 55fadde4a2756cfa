"""Tree and proofs: against vectors made by others, and against the definition, for any size."""

import base64
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrm_ledger.domain.merkle import (
    EMPTY_ROOT,
    ROW_HEIGHT,
    Frontier,
    leaf_hash,
    node_hash,
    root_of,
)
from nrm_ledger.domain.proof import (
    ProofRefused,
    Range,
    check_consistency,
    check_inclusion,
    consistency_from,
    consistency_ranges,
    inclusion_ranges,
    prove,
    subtrees,
)

VECTORS = Path(__file__).resolve().parents[4] / "shared" / "vectors" / "merkle"
LEAVES_MAX = 600
LEAVES = [leaf_hash(number.to_bytes(2, "big")) for number in range(LEAVES_MAX)]

# Mathematics would allow these; our verifier refuses a proof that starts at the empty tree.
SIZE_ZERO = {
    "additional/size1-is-zero-and-size2-is-not-zero",
    "additional/size1-is-zero-and-does-not-equal-size2",
    "additional/sizes-are-equal-zero-and-proof-is-empty",
}


def by_definition(leaves: Sequence[bytes]) -> bytes:
    """Compute the root as RFC 6962, section 2.1, writes it, recursion and all."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(by_definition(leaves[:split]), by_definition(leaves[split:]))


def hashes_for(ranges: Sequence[Range]) -> dict[tuple[int, int], bytes]:
    return {
        (level, place): by_definition(LEAVES[place << level : (place + 1) << level])
        for span in ranges
        for level, place in subtrees(span)
    }


def cases(kind: str) -> dict[str, dict[str, Any]]:
    folder = VECTORS / kind
    if not folder.is_dir():
        pytest.skip("shared/vectors not present")
    return {
        str(path.relative_to(folder).with_suffix("")): json.loads(path.read_text())
        for path in sorted(folder.rglob("*.json"))
    }


def decoded(case: dict[str, Any], *names: str) -> list[bytes]:
    return [base64.b64decode(case[name] or "") for name in names]


def proof_of(case: dict[str, Any]) -> list[bytes]:
    return [base64.b64decode(each) for each in case["proof"] or []]


def test_published_inclusion_proofs_are_judged_as_their_authors_say() -> None:
    accepted = refused = 0
    for name, case in cases("inclusion").items():
        leaf, root = decoded(case, "leafHash", "root")
        try:
            check_inclusion(leaf, case["leafIdx"], case["treeSize"], proof_of(case), root)
        except ProofRefused:
            assert case["wantErr"], name
            refused += 1
        else:
            assert not case["wantErr"], name
            accepted += 1
    assert (accepted, refused) == (6, 92)


def test_published_consistency_proofs_are_judged_as_their_authors_say() -> None:
    accepted = refused = 0
    found = cases("consistency")
    assert found.keys() >= SIZE_ZERO
    for name, case in found.items():
        roots = decoded(case, "root1", "root2")
        try:
            check_consistency(case["size1"], case["size2"], roots[0], roots[1], proof_of(case))
        except ProofRefused:
            assert case["wantErr"], name
            refused += 1
        else:
            assert not case["wantErr"], name
            accepted += 1
    assert (accepted, refused) == (6, 92)


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert Frontier().root() == EMPTY_ROOT == by_definition([])


def test_leaves_and_nodes_are_told_apart() -> None:
    assert leaf_hash(b"ab") == hashlib.sha256(b"\x00ab").digest()
    assert node_hash(b"a", b"b") == hashlib.sha256(b"\x01ab").digest()


@given(st.lists(st.integers(min_value=0, max_value=300), max_size=6))
def test_a_tree_grown_in_any_steps_has_the_root_of_the_definition(steps: list[int]) -> None:
    frontier = Frontier()
    for step in steps:
        if frontier.size + step > LEAVES_MAX:
            break
        part = LEAVES[frontier.size : frontier.size + step]
        frontier = frontier.grow(part).frontier
    assert frontier.root() == by_definition(LEAVES[: frontier.size])


@given(
    st.integers(min_value=0, max_value=LEAVES_MAX), st.integers(min_value=0, max_value=LEAVES_MAX)
)
def test_growing_gives_out_each_row_node_once_it_is_complete(first: int, second: int) -> None:
    first, second = sorted((first, second))
    grown = Frontier().grow(LEAVES[:first])
    rows = grown.rows | grown.frontier.grow(LEAVES[first:second]).rows
    assert rows == {
        (ROW_HEIGHT, place): by_definition(LEAVES[place * 256 : place * 256 + 256])
        for place in range(second // 256)
    }


def test_rows_above_the_second_are_given_out_too() -> None:
    rows = Frontier().grow([bytes(32)] * 65_537).rows
    assert sorted(level for level, _ in rows) == [8] * 256 + [16]
    assert rows[16, 0] == root_of([bytes(32)] * 65_536)


@pytest.mark.parametrize(
    ("size", "hashes"), [(1, ()), (3, (bytes(32),)), (-1, (bytes(32),)), (1, (bytes(31),))]
)
def test_a_frontier_that_cannot_be_is_refused(size: int, hashes: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="hash"):
        Frontier(size, hashes)


@given(st.data())
def test_every_leaf_of_every_tree_is_proved_and_no_other(data: st.DataObject) -> None:
    size = data.draw(st.integers(min_value=1, max_value=LEAVES_MAX))
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    other = (
        data.draw(st.integers(min_value=0, max_value=size - 1).filter(lambda i: i != index))
        if size > 1
        else None
    )
    ranges = inclusion_ranges(index, size)
    proof = prove(ranges, hashes_for(ranges))
    root = by_definition(LEAVES[:size])
    check_inclusion(LEAVES[index], index, size, proof, root)
    if other is not None:
        with pytest.raises(ProofRefused):
            check_inclusion(LEAVES[other], index, size, proof, root)
        with pytest.raises(ProofRefused):
            check_inclusion(LEAVES[index], other, size, proof, root)


@given(
    st.integers(min_value=1, max_value=LEAVES_MAX), st.integers(min_value=1, max_value=LEAVES_MAX)
)
def test_every_tree_is_proved_to_continue_every_smaller_one(old: int, new: int) -> None:
    old, new = sorted((old, new))
    ranges = consistency_ranges(old, new)
    proof = prove(ranges, hashes_for(ranges))
    roots = by_definition(LEAVES[:old]), by_definition(LEAVES[:new])
    check_consistency(old, new, *roots, proof)
    frontier = Frontier().grow(LEAVES[:old]).frontier
    assert consistency_from(frontier, LEAVES[old:new]) == proof
    for wrong in ((roots[1], roots[0]), (roots[0], bytes(32)), (bytes(32), roots[1])):
        if wrong != roots:
            with pytest.raises(ProofRefused):
                check_consistency(old, new, *wrong, proof)


@given(st.data())
def test_one_flipped_bit_in_a_proof_is_found(data: st.DataObject) -> None:
    size = data.draw(st.integers(min_value=2, max_value=LEAVES_MAX))
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    ranges = inclusion_ranges(index, size)
    proof = list(prove(ranges, hashes_for(ranges)))
    place = data.draw(st.integers(min_value=0, max_value=len(proof) - 1))
    bit = data.draw(st.integers(min_value=0, max_value=255))
    changed = bytearray(proof[place])
    changed[bit // 8] ^= 1 << bit % 8
    proof[place] = bytes(changed)
    with pytest.raises(ProofRefused):
        check_inclusion(LEAVES[index], index, size, proof, by_definition(LEAVES[:size]))


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_a_leaf_that_is_not_there_is_neither_proved_nor_checked(index: int, size: int) -> None:
    with pytest.raises(ProofRefused):
        inclusion_ranges(index, size)
    with pytest.raises(ProofRefused):
        check_inclusion(bytes(32), index, size, [], bytes(32))


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 4), (5, 4)])
def test_nothing_is_proved_to_continue_the_empty_or_a_larger_tree(old: int, new: int) -> None:
    with pytest.raises(ProofRefused):
        consistency_ranges(old, new)
    with pytest.raises(ProofRefused):
        check_consistency(old, new, EMPTY_ROOT, EMPTY_ROOT, [])
