"""Tiles: the paths of the specification, and exactly the files of a size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrm_ledger.domain.tiles import (
    Tile,
    TileRefused,
    decode_entries,
    decode_tile,
    encode_entries,
    encode_tile,
    row_span,
    tile_at,
    tiles_of,
)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 0, 1), "tile/0/000.p/1"),
        (Tile(3, 1234067, 12), "tile/3/x001/x234/067.p/12"),
        (Tile(0, 1000), "tile/0/x001/000"),
        (Tile(None, 273, 112), "tile/entries/273.p/112"),
    ],
)
def test_paths_are_those_of_the_specification(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert tile_at(path) == tile


@given(
    st.none() | st.integers(min_value=0, max_value=7),
    st.integers(min_value=0, max_value=2**55),
    st.integers(min_value=1, max_value=256),
)
def test_every_path_leads_back_to_its_tile(row: int | None, index: int, width: int) -> None:
    tile = Tile(row, index, width)
    assert tile_at(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/001",
        "tile/0/001/000",
        "tile/00/000",
        "tile/8/000",
        "tile/64/000",
        "tile/8/0/000",
        "tile/-1/000",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/257",
        "tile/0/000.p",
        "tile/entries/x1/000",
        "tile/data/000",
        "tile/0/000/",
        "tile/0/000\n",
        "tile/0/\u0660\u0660\u0660",
        "/tile/0/000",
        "tile/0/../0/000",
    ],
)
def test_other_paths_are_refused(path: str) -> None:
    with pytest.raises(TileRefused):
        tile_at(path)


def test_a_log_of_70000_entries_has_these_files() -> None:
    tiles = list(tiles_of(70_000))
    assert len(tiles) == 2 * 274 + 2 + 1
    paths = [tile.path for tile in tiles]
    assert paths[273] == "tile/entries/273.p/112"
    assert paths[-5:] == [
        "tile/0/272",
        "tile/0/273.p/112",
        "tile/1/000",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
    ]


def test_the_empty_log_has_no_files() -> None:
    assert list(tiles_of(0)) == []


def test_a_full_row_has_no_partial_tile() -> None:
    assert [tile.path for tile in tiles_of(256)] == [
        "tile/entries/000",
        "tile/0/000",
        "tile/1/000.p/1",
    ]


@pytest.mark.parametrize(
    ("node", "span"),
    [((0, 5), (0, 5, 1)), ((7, 3), (0, 384, 128)), ((8, 3), (1, 3, 1)), ((17, 1), (2, 2, 2))],
)
def test_a_node_comes_from_a_run_of_hashes_in_one_row(
    node: tuple[int, int], span: tuple[int, int, int]
) -> None:
    assert row_span(node) == span


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_entries_come_out_as_they_went_in(entries: list[bytes]) -> None:
    assert decode_entries(encode_entries(entries)) == entries


@pytest.mark.parametrize("content", [b"\x00", b"\x00\x01", b"\x00\x02a", b"\x00\x01ab"])
def test_a_length_that_leads_beyond_the_file_is_refused(content: bytes) -> None:
    with pytest.raises(TileRefused, match="beyond"):
        decode_entries(content)


def test_an_entry_that_sixteen_bits_cannot_measure_is_refused() -> None:
    assert len(encode_entries([bytes(65_535)])) == 65_537
    with pytest.raises(TileRefused, match="65535"):
        encode_entries([bytes(65_536)])


def test_a_tile_has_exactly_its_hashes() -> None:
    hashes = [bytes([number] * 32) for number in range(3)]
    assert decode_tile(encode_tile(hashes), 3) == hashes
    for width in (2, 4):
        with pytest.raises(TileRefused, match="hashes"):
            decode_tile(encode_tile(hashes), width)
