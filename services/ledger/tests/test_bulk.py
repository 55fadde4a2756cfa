"""The fast reader of entries refuses exactly what the strict one refuses."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nrm_runtime.ledger import EntryRefused, canonical, read_entry
from nrm_runtime.ledger.bulk import read_line
from services.ledger.tests.sample import sample

GOOD = sample(6)


def strict(raw: bytes) -> bool:
    try:
        read_entry(raw)
    except EntryRefused:
        return False
    return True


def fast(raw: bytes) -> bool:
    try:
        read_line(raw)
    except EntryRefused:
        return False
    return True


def test_both_read_the_same_fields() -> None:
    for raw in GOOD:
        entry, line = read_entry(raw), read_line(raw)
        assert (entry.event, entry.stream, entry.seq) == (line.event, line.stream, line.seq)
        assert (entry.prev and entry.prev.hex(), entry.case) == (line.prev, line.case)
        assert entry.contract == line.contract
        assert entry.recorded_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ") == line.recorded_at
        assert entry.organisation == line.actor.org
        assert entry.automatic == line.actor.service


@given(st.sampled_from(GOOD), st.data())
@settings(max_examples=500)
def test_both_judge_any_changed_byte_alike(raw: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(min_value=0, max_value=len(raw) - 1))
    changed = bytearray(raw)
    changed[place] = data.draw(st.integers(min_value=0, max_value=255))
    assert fast(bytes(changed)) == strict(bytes(changed))


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**70), max_value=2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=6)
    | st.sampled_from(["2026-02-30T00:00:00.000000Z", "2026-W45-4T09:30:01.000120Z", "RO@1", ""])
    | st.uuids().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
FIELDS = st.sampled_from(
    (
        *("contract", "actor", "commitments", "signatures", "key", "profile", "occurred_at", "seq"),
        *("v", "version", "prev", "case", "cause", "consent", "purpose", "type", "unknown"),
    )
)


@given(st.sampled_from(GOOD), FIELDS, VALUES | st.dictionaries(st.text(max_size=3), VALUES))
@settings(max_examples=600)
def test_both_judge_any_changed_value_alike(raw: bytes, field: str, value: object) -> None:
    entry = json.loads(raw) | {field: value}
    changed = json.dumps(entry, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    content = changed.encode("utf-8", "surrogatepass")
    assert fast(content) == strict(content)


def with_contract(contract: dict[str, Any]) -> bytes:
    return canonical(json.loads(GOOD[0]) | {"contract": contract})


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {"a": 1}
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize("depth", [0, 10, 13])
def test_both_read_nested_data(depth: int) -> None:
    raw = with_contract(nested(depth))
    assert strict(raw)
    assert fast(raw)


def test_both_read_every_control_character_in_its_one_form() -> None:
    text = "".join(map(chr, range(128)))
    assert fast(with_contract({"text": text}))
    other = with_contract({"text": "\x1f"}).replace(b"\\u001f", b"\\u001F")
    assert not fast(other)
    assert not strict(other)


def test_both_read_signatures() -> None:
    signed = canonical(json.loads(GOOD[0]) | {"signatures": ["eyJh.e30.AAAA"]})
    assert fast(signed)
    assert not fast(signed.replace(b"e30", b"e31"))


def test_both_refuse_what_is_too_long() -> None:
    raw = with_contract({"text": "x" * 64_000})
    assert fast(raw)
    longer = raw.replace(b"xx", b"x" * 2000, 1)
    assert (fast(longer), strict(longer)) == (False, False)


def test_both_refuse_a_second_commitment_for_one_part() -> None:
    entry = json.loads(GOOD[0])
    entry["commitments"] *= 2
    raw = json.dumps(entry, sort_keys=True, separators=(",", ":")).encode()
    assert (fast(raw), strict(raw)) == (False, False)
