"""Whatever is done to an exported log is found, and the first fault is named."""

import random
from collections.abc import Callable, Sequence
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nrm_ledger.domain.bundle import folder_files, verify_case
from nrm_ledger.domain.checkpoint import Checkpoint, NoteRefused, open_checkpoint, sign
from nrm_ledger.domain.fault import FaultFound, FaultKind
from nrm_ledger.domain.keys import SigningKey
from nrm_ledger.domain.merkle import Frontier, leaf_hash
from nrm_ledger.domain.tiles import Tile, encode_entries, encode_tile, tiles_of
from nrm_ledger.domain.verify import verify_folder
from nrm_runtime.ledger import read_entry
from services.ledger.tests.sample import (
    CASES,
    KEY,
    Files,
    exported,
    exported_case,
    note_of,
    one,
    sample,
)

COUNT = 600
ENTRIES = sample(COUNT)
FOLDER = exported(ENTRIES)
SMALL = exported(sample(2))
CASE = exported_case(sample(40))
PIN = KEY.verifier


def at(size: int, entries: Sequence[bytes] = ENTRIES) -> Checkpoint:
    return open_checkpoint(note_of(entries[:size]), PIN)


def fault_of(folder: Files, since: Checkpoint | None = None) -> FaultFound:
    with pytest.raises(FaultFound) as found:
        verify_folder(folder, PIN, since)
    return found.value


def rewritten(entries: Sequence[bytes], note: bytes) -> Files:
    """Export other entries under a note that was not signed for them, tiles made to fit."""
    files = Files({"vkey": (PIN.text + "\n").encode(), "checkpoint": note})
    leaves = [leaf_hash(each) for each in entries]
    rows = Frontier().grow(leaves).rows
    for tile in tiles_of(len(entries)):
        end = tile.start + tile.width
        if tile.row is None:
            files[tile.path] = encode_entries(entries[tile.start : end])
        elif tile.row == 0:
            files[tile.path] = encode_tile(leaves[tile.start : end])
        else:
            nodes = [rows[tile.row * 8, place] for place in range(tile.start, end)]
            files[tile.path] = encode_tile(nodes)
    return files


def with_bundle(entries: Sequence[bytes], index: int = 0) -> Files:
    """Put these entries into a bundle of the good folder, whatever its tile says."""
    tile = next(t for t in tiles_of(COUNT) if t.row is None and t.index == index)
    return Files(FOLDER | {tile.path: encode_entries(entries)})


def test_a_good_log_is_found_good_and_heard_in_order() -> None:
    heard: list[int] = []
    verified = verify_folder(FOLDER, PIN, at(300), lambda index, *_: heard.append(index))
    assert (verified.checkpoint.size, verified.streams, verified.cases) == (COUNT, 5, 2)
    assert heard == list(range(COUNT))


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 512])
def test_a_log_of_any_size_is_found_good_against_any_older_checkpoint(size: int) -> None:
    folder = exported(ENTRIES[:size])
    assert set(folder) == {"vkey", "checkpoint"} | {tile.path for tile in tiles_of(size)}
    for since in {1, size // 2 or 1, size}:
        assert verify_folder(folder, PIN, at(since)).checkpoint.size == size


@given(st.data())
@settings(max_examples=300)
def test_one_flipped_bit_in_any_file_is_found_and_its_file_named(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(FOLDER)))
    position = data.draw(st.integers(min_value=0, max_value=len(FOLDER[path]) * 8 - 1))
    content = bytearray(FOLDER[path])
    content[position // 8] ^= 1 << position % 8
    assert fault_of(Files(FOLDER | {path: bytes(content)})).file == path


def test_every_single_flipped_bit_of_a_small_folder_is_found() -> None:
    for path, content in SMALL.items():
        for position in range(len(content) * 8):
            changed = bytearray(content)
            changed[position // 8] ^= 1 << position % 8
            assert fault_of(Files(SMALL | {path: bytes(changed)})).file == path


@given(st.data())
def test_bytes_added_to_or_cut_from_any_file_are_found(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(FOLDER)))
    content = FOLDER[path]
    cut = data.draw(st.integers(min_value=0, max_value=len(content) - 1))
    more = data.draw(st.binary(min_size=1, max_size=40))
    for changed in (content[:cut], content + more):
        assert fault_of(Files(FOLDER | {path: changed})).file == path


@pytest.mark.parametrize("path", sorted(FOLDER))
def test_a_missing_file_is_named(path: str) -> None:
    fault = fault_of(Files({name: FOLDER[name] for name in FOLDER if name != path}))
    assert (fault.kind, fault.file) == (FaultKind.MISSING_FILE, path)


@pytest.mark.parametrize("path", ["README", "tile/0/002.p/87", "tile/3/000.p/1", "checkpoint.old"])
def test_a_file_too_many_is_named(path: str) -> None:
    fault = fault_of(Files(FOLDER | {path: b""}))
    assert (fault.kind, fault.file) == (FaultKind.EXTRA_FILE, path)


def test_a_changed_entry_is_named_by_its_index() -> None:
    other = one(77, 77 * 7 % 5, read_entry(ENTRIES[77]).seq, read_entry(ENTRIES[77]).prev, "food")
    assert other != ENTRIES[77]
    fault = fault_of(with_bundle([*ENTRIES[:77], other, *ENTRIES[78:256]]))
    assert (fault.kind, fault.index) == (FaultKind.ENTRY_CHANGED, 77)
    assert "tile/entries/000, entry 77" in str(fault)


@given(st.data())
def test_an_entry_changed_removed_inserted_or_swapped_is_named(data: st.DataObject) -> None:
    bundle = data.draw(st.integers(min_value=0, max_value=2))
    part = ENTRIES[bundle * 256 : bundle * 256 + 256]
    place = data.draw(st.integers(min_value=0, max_value=len(part) - 2))
    index = bundle * 256 + place
    removed = [*part[:place], *part[place + 1 :]]
    fault = fault_of(with_bundle(removed, bundle))
    assert (fault.kind, fault.index) == (FaultKind.MISSING_ENTRY, index)
    inserted = [*part[:place], one(9999, 1, 1, None), *part[place:]]
    fault = fault_of(with_bundle(inserted, bundle))
    assert (fault.kind, fault.index) == (FaultKind.EXTRA_ENTRY, index)
    other = data.draw(st.integers(min_value=place + 1, max_value=len(part) - 1))
    swapped = list(part)
    swapped[place], swapped[other] = swapped[other], swapped[place]
    fault = fault_of(with_bundle(swapped, bundle))
    assert (fault.kind, fault.index) == (FaultKind.ENTRY_CHANGED, index)
    changed = [*part[:place], one(9999, 1, 1, None), *part[place + 1 :]]
    fault = fault_of(with_bundle(changed, bundle))
    assert (fault.kind, fault.index) == (FaultKind.ENTRY_CHANGED, index)


@given(st.integers(min_value=0, max_value=COUNT - 2), st.sampled_from(["drop", "swap", "put"]))
@settings(max_examples=40)
def test_a_log_rewritten_with_all_its_tiles_is_found(index: int, how: str) -> None:
    entries = list(ENTRIES)
    if how == "drop":
        entries = [*entries[:index], *entries[index + 1 :], one(9999, 3, 1, None)]
    elif how == "swap":
        entries[index], entries[index + 1] = entries[index + 1], entries[index]
    else:
        entries[index] = one(9999, 1, 1, None)
    fault = fault_of(rewritten(entries, FOLDER["checkpoint"]))
    assert fault.kind in {FaultKind.SEQUENCE, FaultKind.CHAIN, FaultKind.ROOT}
    assert fault.kind is FaultKind.ROOT or (fault.index or 0) >= index


def test_a_stream_with_a_number_left_out_is_named_even_when_signed() -> None:
    gone = next(i for i in range(100, COUNT) if read_entry(ENTRIES[i]).stream == UUID(int=3))
    fault = fault_of(exported([*ENTRIES[:gone], *ENTRIES[gone + 1 :]]))
    assert fault.kind is FaultKind.SEQUENCE
    assert "whose last was number" in str(fault)


def test_a_stream_without_its_beginning_is_named_even_when_signed() -> None:
    fault = fault_of(exported([one(0, 3, 4, bytes(32))]))
    assert (fault.kind, fault.index) == (FaultKind.SEQUENCE, 0)


@pytest.mark.parametrize(
    ("second", "why"),
    [
        (lambda _: one(1, 3, 2, bytes(32)), "the hash of entry 0"),
        (lambda leaf: one(-9, 3, 2, leaf), "recorded before entry 0"),
        (
            lambda leaf: one(1, 3, 2, leaf).replace(str(CASES[1]).encode(), str(CASES[0]).encode()),
            "another service or case",
        ),
        (
            lambda leaf: one(1, 3, 2, leaf).replace(
                b'"seq":2,"service":"referral"', b'"seq":2,"service":"return"'
            ),
            "another service or case",
        ),
    ],
)
def test_an_entry_that_does_not_follow_is_named_even_when_signed(
    second: Callable[[bytes], bytes], why: str
) -> None:
    first = one(0, 3, 1, None)
    fault = fault_of(exported([first, second(leaf_hash(first))]))
    assert (fault.kind, fault.index) == (FaultKind.CHAIN, 1)
    assert why in str(fault)


def test_an_entry_in_another_form_is_named_even_when_signed() -> None:
    fault = fault_of(exported([one(0, 3, 1, None) + b" "]))
    assert (fault.kind, fault.index) == (FaultKind.ENTRY_FORM, 0)


def test_a_wrong_tile_is_named_and_not_the_entry_beside_it() -> None:
    changed = bytearray(FOLDER["tile/0/001"])
    changed[40] ^= 1
    fault = fault_of(Files(FOLDER | {"tile/0/001": bytes(changed)}))
    assert (fault.kind, fault.file) == (FaultKind.TILE, "tile/0/001")
    assert "entry 257: hash 1 is not that of the entry" in str(fault)


def test_a_shorter_log_shows_against_an_older_checkpoint() -> None:
    cut = exported(ENTRIES[:400])
    assert verify_folder(cut, PIN).checkpoint.size == 400
    fault = fault_of(cut, since=at(401))
    assert fault.kind is FaultKind.TRUNCATED
    assert "has 400 entries; an older checkpoint has 401" in str(fault)


@pytest.mark.parametrize("size", [3, 256, 300, COUNT])
def test_a_rewritten_and_resigned_log_shows_against_an_older_checkpoint(size: int) -> None:
    forked = [one(0, 0, 1, None, "food")]
    forked += [one(i, i + 10, 1, None) for i in range(1, COUNT)]
    folder = exported(forked)
    assert verify_folder(folder, PIN).checkpoint.size == COUNT
    assert fault_of(folder, since=at(size)).kind is FaultKind.FORKED
    assert verify_folder(folder, PIN, at(size, forked)).streams == COUNT


def test_older_checkpoints_narrow_down_where_a_rewritten_log_differs() -> None:
    others = [each for each in ENTRIES[300:] if read_entry(each).stream != UUID(int=5)]
    entries = [*ENTRIES[:300], one(9999, 77, 1, None), *others]
    history = [at(size) for size in (100, 290, 310, len(entries))]
    folder = rewritten(entries, note_of(ENTRIES[: len(entries)]))
    with pytest.raises(FaultFound) as found:
        verify_folder(folder, PIN, at(50), history=history)
    assert (found.value.kind, found.value.index) == (FaultKind.ROOT, 290)
    assert "entries 290 to 309 are not all those that were signed" in str(found.value)
    with pytest.raises(FaultFound) as found:
        verify_folder(folder, PIN, at(310), history=history)
    assert (found.value.kind, found.value.index) == (FaultKind.FORKED, 290)


@pytest.mark.parametrize("gone", [0, 17, 255, 300, 599])
def test_an_entry_gone_with_its_hash_is_named(gone: int) -> None:
    bundle, at_place = divmod(gone, 256)
    width = min(256, COUNT - bundle * 256)
    part = [*ENTRIES[bundle * 256 : bundle * 256 + width]]
    del part[at_place]
    folder = with_bundle(part, bundle)
    tile = Tile(0, bundle, width).path
    fault = fault_of(Files(folder | {tile: encode_tile([leaf_hash(each) for each in part])}))
    assert fault.kind in {FaultKind.SEQUENCE, FaultKind.MISSING_ENTRY, FaultKind.CHAIN}
    assert fault.index is not None
    assert fault.index >= gone


def test_a_hash_gone_from_a_tile_is_named() -> None:
    hashes = [leaf_hash(each) for each in ENTRIES[256:512]]
    del hashes[7]
    fault = fault_of(Files(FOLDER | {"tile/0/001": encode_tile(hashes)}))
    assert (fault.kind, fault.file, fault.index) == (FaultKind.TILE, "tile/0/001", 263)


def test_a_log_signed_by_another_key_is_refused_though_it_brings_its_own() -> None:
    thief = SigningKey(KEY.name, bytes(32))
    folder = exported(ENTRIES[:10], thief)
    assert verify_folder(folder, thief.verifier).checkpoint.size == 10
    assert fault_of(folder).kind is FaultKind.OTHER_KEY
    folder["vkey"] = FOLDER["vkey"]
    assert fault_of(folder).kind is FaultKind.SIGNATURE


def test_an_older_checkpoint_with_newer_files_names_what_is_too_much() -> None:
    fault = fault_of(Files(FOLDER | {"checkpoint": note_of(ENTRIES[:300])}))
    assert (fault.kind, fault.file) == (FaultKind.MISSING_FILE, "tile/entries/001.p/44")


def test_no_folder_is_made_for_a_checkpoint_of_other_entries() -> None:
    for entries in (ENTRIES[:9], ENTRIES[1:11]):
        with pytest.raises(NoteRefused, match="not that of these entries"):
            list(folder_files(entries, note_of(ENTRIES[:10]), PIN))


def case_fault(content: bytes, since: Checkpoint | None = None) -> FaultFound:
    with pytest.raises(FaultFound) as found:
        verify_case(content, PIN, since)
    return found.value


def test_the_file_of_a_case_is_found_good_and_says_what_it_proves() -> None:
    heard: list[int] = []
    verified = verify_case(CASE, PIN, at(40), lambda index, *_: heard.append(index))
    assert (verified.case, verified.checkpoint.size) == (CASES[0], 40)
    assert verified.entries == len(heard) > 15
    assert heard == sorted(heard)
    assert b'"proves": "inclusion of these entries, not completeness of the case"' in CASE


@given(st.integers(min_value=0, max_value=len(CASE) * 8 - 1))
@settings(max_examples=500)
def test_one_flipped_bit_in_the_file_of_a_case_is_found(position: int) -> None:
    content = bytearray(CASE)
    content[position // 8] ^= 1 << position % 8
    case_fault(bytes(content))


def test_an_entry_left_out_of_the_middle_of_a_stream_is_found_in_the_file_of_a_case() -> None:
    chunks = CASE.split(b"  {\n")
    dropped = b"  {\n".join([*chunks[:4], *chunks[5:]])
    assert case_fault(dropped).kind is FaultKind.SEQUENCE


def test_an_entry_of_another_case_is_found_in_the_file_of_a_case() -> None:
    content = exported_case(sample(40), CASES[1]).replace(
        b' "case": "' + str(CASES[1]).encode(), b' "case": "' + str(CASES[0]).encode()
    )
    assert case_fault(content).kind is FaultKind.EXTRA_ENTRY


def test_entries_out_of_order_are_found_in_the_file_of_a_case() -> None:
    chunks = CASE.split(b"  {\n")
    chunks[2], chunks[3] = chunks[3], chunks[2]
    assert case_fault(b"  {\n".join(chunks)).kind is FaultKind.FILE_FORM


def test_an_older_file_of_a_case_shows_against_a_newer_checkpoint() -> None:
    assert case_fault(CASE, since=at(41)).kind is FaultKind.TRUNCATED
    other = Checkpoint(KEY.name, 40, bytes(32))
    assert case_fault(CASE, since=open_checkpoint(sign(other, KEY), PIN)).kind is FaultKind.FORKED


def test_a_mutation_of_a_random_kind_is_always_found() -> None:
    chance = random.Random(5)
    bundles = [tile for tile in tiles_of(COUNT) if tile.row is None]
    for _ in range(60):
        tile: Tile = chance.choice(bundles)
        part = ENTRIES[tile.start : tile.start + tile.width]
        count = chance.randrange(1, 5)
        for _ in range(count):
            part.insert(chance.randrange(len(part)), part.pop(chance.randrange(len(part))))
        if part != ENTRIES[tile.start : tile.start + tile.width]:
            fault = fault_of(with_bundle(part, tile.index))
            assert fault.file == tile.path
