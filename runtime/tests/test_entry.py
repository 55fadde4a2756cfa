"""The bytes of a ledger entry: one form per fact, and readers that refuse every other."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrm_runtime.core import Automatic, Worker
from nrm_runtime.ledger import (
    Commitment,
    EntryRefused,
    canonical,
    commitment,
    leaf_hash,
    make_entry,
    read_entry,
)

VECTORS = Path(__file__).resolve().parents[3] / "shared" / "vectors"
AT = datetime(2026, 11, 5, 9, 30, 0, 120, tzinfo=UTC)
SALT = bytes(range(32))
WORKER = Worker(organisation=UUID(int=7), worker=UUID(int=8), country="RO", kind="ngo")


def made(**changes: Any) -> bytes:
    fields: dict[str, Any] = {
        "service": "referral",
        "event": UUID(int=1),
        "stream": UUID(int=2),
        "seq": 2,
        "prev": bytes(32),
        "case": UUID(int=3),
        "type_": "nrm.referral.accepted",
        "version": 1,
        "occurred_at": AT,
        "recorded_at": AT + timedelta(seconds=1),
        "actor": WORKER,
        "cause": UUID(int=4),
        "key": "ngo-client-1",
        "purpose": "assistance",
        "basis": "consent",
        "consent": UUID(int=5),
        "profile": "RO@3",
        "contract": {"referral": str(UUID(int=6)), "needs": ["shelter"], "days": 90},
        "commitments": [Commitment(part="body", hmac=commitment(SALT, b"{}"))],
    }
    return make_entry(**(fields | changes))


def altered(**changes: Any) -> bytes:
    """Change fields of a good entry and serialise it as our own writer would."""
    value: dict[str, Any] = json.loads(made()) | changes
    value = {name: each for name, each in value.items() if each != "absent"}
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def test_an_entry_has_exactly_these_bytes() -> None:
    expected = (
        '{"actor":{"org":"00000000-0000-0000-0000-000000000007",'
        '"worker":"00000000-0000-0000-0000-000000000008"},"basis":"consent",'
        '"case":"00000000-0000-0000-0000-000000000003",'
        '"cause":"00000000-0000-0000-0000-000000000004",'
        '"commitments":[{"hmac":"' + commitment(SALT, b"{}") + '","part":"body"}],'
        '"consent":"00000000-0000-0000-0000-000000000005",'
        '"contract":{"days":90,"needs":["shelter"],'
        '"referral":"00000000-0000-0000-0000-000000000006"},'
        '"event":"00000000-0000-0000-0000-000000000001","key":"ngo-client-1",'
        '"occurred_at":"2026-11-05T09:30:00.000120Z","prev":"' + "00" * 32 + '",'
        '"profile":"RO@3","purpose":"assistance","recorded_at":"2026-11-05T09:30:01.000120Z",'
        '"seq":2,"service":"referral","stream":"00000000-0000-0000-0000-000000000002",'
        '"type":"nrm.referral.accepted","v":1,"version":1}'
    )
    assert made() == expected.encode()


def test_what_was_written_is_read() -> None:
    entry = read_entry(made())
    assert (entry.service, entry.seq, entry.prev) == ("referral", 2, bytes(32))
    assert (entry.organisation, entry.worker, entry.automatic) == (UUID(int=7), UUID(int=8), None)
    assert entry.occurred_at == AT
    assert entry.contract == {
        "referral": str(UUID(int=6)),
        "needs": ["shelter"],
        "days": 90,
    }
    assert entry.commitments[0].part == "body"


def test_an_automatic_act_names_the_service_only() -> None:
    raw = made(actor=Automatic(service="referral"))
    assert json.loads(raw)["actor"] == {"service": "referral"}
    assert read_entry(raw).automatic == "referral"


def test_what_is_not_there_is_absent() -> None:
    optional = dict.fromkeys(
        ("case", "cause", "key", "purpose", "basis", "consent", "profile", "contract")
    )
    value = json.loads(made(seq=1, prev=None, **optional))
    assert value.keys() == {
        *("v", "service", "event", "stream", "seq", "type", "version"),
        *("occurred_at", "recorded_at", "actor", "commitments"),
    }


def test_instants_are_written_in_utc_whatever_zone_they_came_in() -> None:
    local = AT.astimezone(timezone(timedelta(hours=2)))
    assert made(occurred_at=local) == made()


def test_the_leaf_hash_is_that_of_rfc_6962() -> None:
    raw = made()
    assert leaf_hash(raw) == hashlib.sha256(b"\x00" + raw).digest()


def test_a_commitment_is_a_keyed_hash_of_the_exact_bytes() -> None:
    expected = base64.b64encode(hmac.new(SALT, b"body", "sha256").digest()).decode()
    assert commitment(SALT, b"body") == expected
    with pytest.raises(EntryRefused, match="salt"):
        commitment(SALT[:16], b"body")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"occurred_at": AT.replace(tzinfo=None)}, "occurred_at"),
        ({"seq": 1}, "prev"),
        ({"prev": None}, "prev"),
        ({"seq": 0, "prev": None}, "seq"),
        ({"version": 0}, "version"),
        ({"profile": "ro@3"}, "profile"),
        ({"purpose": "free text"}, "purpose"),
        ({"type_": ""}, "type"),
        ({"contract": {"days": 1.5}}, "contract"),
        ({"contract": {"minor": True}}, "contract"),
        ({"contract": {"minor": None}}, "contract"),
        ({"contract": {"größe": 1}}, "contract"),
        ({"contract": {"days": 2**53}}, "contract"),
        ({"contract": {"text": "\ud800"}}, "UTF-8"),
        ({"contract": {"text": "x" * 65_535}}, "longer"),
        ({"commitments": []}, "commitments"),
        ({"commitments": [Commitment(part="story", hmac=commitment(SALT, b""))]}, "commitments"),
        ({"signatures": ["no"]}, "signatures"),
    ],
)
def test_a_writer_makes_no_entry_that_a_reader_would_refuse(
    changes: Mapping[str, Any], field: str
) -> None:
    with pytest.raises(EntryRefused, match=field):
        made(**changes)


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (b"", "entry"),
        (b"[]", "entry"),
        (b"\xff", "entry"),
        (b"[" * 5000, "entry"),
        (made() + b"\n", "canonical"),
        (made().replace(b'":"', b'": "', 1), "canonical"),
        (made().replace(b"shelter", b"\\u0073helter"), "canonical"),
        (made().replace(b'"seq":2', b'"seq":2,"seq":2'), "canonical"),
        (made().replace(b'"days":90', b'"days":90.0'), "integer"),
        (made().replace(b'"days":90', b'"days":9e1'), "integer"),
        (made().replace(b'"days":90', b'"days":-0'), "canonical"),
        (made().replace(b'"days":90', b'"days":NaN'), "integer"),
        (json.dumps(json.loads(made())).encode("utf-16"), "canonical"),
        (altered(v=2), "v"),
        (altered(comment="x"), "comment"),
        (altered(type="absent"), "type"),
        (altered(seq="2"), "seq"),
        (altered(event=str(UUID(int=2**127 + 10)).upper().replace("8", "A")), "event"),
        (altered(stream="{00000000-0000-0000-0000-000000000002}"), "stream"),
        (altered(recorded_at="2026-11-05T09:30:01Z"), "recorded_at"),
        (altered(recorded_at="2026-02-30T09:30:01.000000Z"), "recorded_at"),
        (altered(prev="AB" * 32), "prev"),
        (altered(actor={"org": str(UUID(int=1))}), "actor"),
        (altered(actor="referral"), "actor"),
        (altered(contract="x"), "contract"),
        (altered(signatures=[]), "signatures"),
        (altered(commitments=[{"part": "body", "hmac": "AA=="}]), "commitments"),
        (altered(commitments=["body"]), "commitments"),
        (altered(commitments={}), "commitments"),
    ],
)
def test_a_reader_refuses(raw: bytes, field: str) -> None:
    with pytest.raises(EntryRefused, match=field):
        read_entry(raw)


def test_base64_with_stray_bits_is_refused() -> None:
    good = commitment(SALT, b"{}")
    stray = good[:-2] + chr(ord(good[-2]) + 1) + "="
    assert base64.b64decode(stray) == base64.b64decode(good), "the decoder itself sees no change"
    with pytest.raises(EntryRefused, match="not canonical"):
        read_entry(altered(commitments=[{"part": "body", "hmac": stray}]))


def test_two_commitments_for_one_part_are_refused() -> None:
    each = Commitment(part="body", hmac=commitment(SALT, b""))
    with pytest.raises(EntryRefused, match="two for one part"):
        made(commitments=[each, each])


def test_a_signature_is_a_compact_jws() -> None:
    assert read_entry(made(signatures=["eyJh.e30.AAAA"])).signatures == ("eyJh.e30.AAAA",)
    for wrong in ("eyJh.e30", "eyJh.e30=.AAAA", "eyJh.e31.AAAA", "a+aa.e30.AAAA"):
        with pytest.raises(EntryRefused, match="signatures"):
            made(signatures=[wrong])


SURROGATES: tuple[Literal["Cs"]] = ("Cs",)
VALUES = st.recursive(
    st.text(st.characters(exclude_categories=SURROGATES), max_size=8)
    | st.integers(min_value=-(2**53) + 1, max_value=2**53 - 1),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(max_codepoint=127), max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(st.characters(max_codepoint=127), max_size=4), VALUES, max_size=4))
def test_any_told_data_comes_back_as_it_was(contract: dict[str, Any]) -> None:
    assert read_entry(made(contract=contract)).contract == contract


@given(st.integers(min_value=0, max_value=len(made()) * 8 - 1))
def test_one_flipped_bit_changes_the_leaf_or_is_refused(position: int) -> None:
    raw = bytearray(made())
    raw[position // 8] ^= 1 << position % 8
    assert leaf_hash(bytes(raw)) != leaf_hash(made())


def whole(number: str) -> float | int:
    """Read `56.0` as the integer that our writers would have written."""
    value = float(number)
    return int(value) if value.is_integer() and value < 2**53 else value


def test_canonical_bytes_agree_with_the_published_vectors() -> None:
    folder = VECTORS / "jcs"
    if not folder.is_dir():
        pytest.skip("shared/vectors not present")
    agreed, outside = set(), set()
    for source in sorted((folder / "input").glob("*.json")):
        value = json.loads(source.read_text(encoding="utf-8"), parse_float=whole)
        expected = (folder / "output" / source.name).read_bytes()
        try:
            ours = canonical(value)
        except EntryRefused:  # null, boolean, float or a key beyond ASCII: never in an entry
            outside.add(source.stem)
            continue
        assert ours == expected, source.name
        agreed.add(source.stem)
    assert (agreed, outside) == (
        {"structures", "unicode"},
        {"arrays", "french", "values", "weird"},
    )


def test_escapes_agree_with_the_published_vectors() -> None:
    folder = VECTORS / "jcs"
    if not folder.is_dir():
        pytest.skip("shared/vectors not present")
    values = json.loads((folder / "input" / "values.json").read_text(encoding="utf-8"))
    text = canonical({"string": values["string"]})
    assert text[1:-1] in (folder / "output" / "values.json").read_bytes()
    weird = json.loads((folder / "input" / "weird.json").read_text(encoding="utf-8"))
    expected = (folder / "output" / "weird.json").read_bytes()
    plain = {key: value for key, value in weird.items() if key.isascii()}
    assert len(plain) == 4
    for key, value in plain.items():
        assert canonical({key: value})[1:-1] in expected
    assert canonical(weird["\u0080"]) in expected
