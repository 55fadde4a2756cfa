"""Notes and keys: read exactly as written, refused in every other form."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nrm_ledger.domain.checkpoint import Checkpoint, NoteRefused, open_checkpoint, sign
from nrm_ledger.domain.keys import (
    KeyRefused,
    SigningKey,
    VerifierKey,
    check_public,
    signing_key,
    verifier_key,
)
from services.ledger.tests.sample import KEY, note_of, sample

VECTORS = Path(__file__).resolve().parents[4] / "shared" / "vectors" / "wycheproof"
NOTE = note_of(sample(9))
OTHER = SigningKey("witness.example/w1", bytes(32))

# The published example of golang.org/x/mod/sumdb/note.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
GO_SIGNATURE = (
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
)


def test_a_checkpoint_has_exactly_these_bytes() -> None:
    root = base64.b64encode(bytes(32)).decode()
    text = f"ledger.example/test\n70\n{root}\n"
    signature = base64.b64encode(KEY.verifier.key_hash + KEY.sign(text.encode())).decode()
    note = sign(Checkpoint("ledger.example/test", 70, bytes(32)), KEY)
    assert note == f"{text}\n\u2014 ledger.example/test {signature}\n".encode()


def test_what_was_signed_is_read_and_signed_again_alike() -> None:
    checkpoint = open_checkpoint(NOTE, KEY.verifier)
    assert (checkpoint.origin, checkpoint.size) == (KEY.name, 9)
    assert sign(checkpoint, KEY) == NOTE


def test_a_note_signed_by_the_program_of_go_verifies() -> None:
    key = verifier_key(GO_KEY)
    assert key.name == "PeterNeumann"
    assert key.key_hash.hex() == "c74f20a3"
    content = base64.b64decode(GO_SIGNATURE)
    assert content[:4] == key.key_hash
    assert key.verifies(content[4:], GO_TEXT.encode())
    assert not key.verifies(content[4:], GO_TEXT.upper().encode())


@given(st.integers(min_value=0, max_value=len(NOTE) * 8 - 1))
def test_every_flipped_bit_of_a_checkpoint_is_refused(position: int) -> None:
    note = bytearray(NOTE)
    note[position // 8] ^= 1 << position % 8
    with pytest.raises(NoteRefused):
        open_checkpoint(bytes(note), KEY.verifier)


def test_lines_of_witnesses_are_ignored_but_must_be_well_formed() -> None:
    witness = base64.b64encode(OTHER.verifier.key_hash + bytes(72)).decode()
    more = NOTE + f"\u2014 witness.example/w1 {witness}\n".encode()
    assert open_checkpoint(more, KEY.verifier) == open_checkpoint(NOTE, KEY.verifier)
    for wrong in ("\u2014 witness.example/w1\n", f"witness {witness}\n", "\n"):
        with pytest.raises(NoteRefused):
            open_checkpoint(NOTE + wrong.encode(), KEY.verifier)


def test_lines_of_extensions_are_ignored_but_signed() -> None:
    checkpoint = open_checkpoint(NOTE, KEY.verifier)
    text = checkpoint.text + "something new\n"
    content = base64.b64encode(KEY.verifier.key_hash + KEY.sign(text.encode())).decode()
    note = f"{text}\n\u2014 {KEY.name} {content}\n"
    assert open_checkpoint(note.encode(), KEY.verifier) == checkpoint
    with pytest.raises(NoteRefused, match="does not fit"):
        open_checkpoint(note.replace("new", "old").encode(), KEY.verifier)


@pytest.mark.parametrize(
    "text",
    [
        "ledger.example/test\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "ledger.example/test\n007\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "ledger.example/test\n9223372036854775808\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "ledger.example/test\n-7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "ledger.example/test\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n",
        "ledger.example/test\n7\n47DEQpj8\n",
        "ledger.example/test\n7\n",
        "other.example/test\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
    ],
)
def test_a_signed_text_that_is_no_checkpoint_of_this_log_is_refused(text: str) -> None:
    content = base64.b64encode(KEY.verifier.key_hash + KEY.sign(text.encode())).decode()
    with pytest.raises(NoteRefused):
        open_checkpoint(f"{text}\n\u2014 {KEY.name} {content}\n".encode(), KEY.verifier)


def test_no_checkpoint_of_size_zero_is_signed() -> None:
    with pytest.raises(NoteRefused):
        sign(Checkpoint(KEY.name, 0, bytes(32)), KEY)


def test_a_checkpoint_of_another_key_is_refused() -> None:
    with pytest.raises(NoteRefused, match="pinned"):
        open_checkpoint(NOTE, OTHER.verifier)


def test_keys_are_read_as_they_were_written() -> None:
    assert signing_key(KEY.text) == KEY
    assert verifier_key(KEY.verifier.text) == KEY.verifier
    assert "+" not in repr(KEY)


@given(st.integers(min_value=0, max_value=len(KEY.verifier.text) * 8 - 1))
def test_every_flipped_bit_of_a_verifier_key_is_refused(position: int) -> None:
    text = bytearray(KEY.verifier.text.encode())
    text[position // 8] ^= 1 << position % 8
    with pytest.raises(KeyRefused):
        verifier_key(text.decode("latin-1"))


SMALL_ORDER = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
]


@pytest.mark.parametrize("key", SMALL_ORDER)
def test_keys_that_sign_anything_for_everybody_are_refused(key: str) -> None:
    with pytest.raises(KeyRefused):
        check_public(bytes.fromhex(key))


def test_bytes_that_are_no_point_are_refused() -> None:
    with pytest.raises(KeyRefused, match="no point"):
        check_public((2).to_bytes(32, "little"))
    with pytest.raises(KeyRefused, match="32 bytes"):
        check_public(bytes(31))


@pytest.mark.parametrize("name", ["", "two words", "a+b", "line\nbreak"])
def test_a_name_that_would_break_a_note_is_refused(name: str) -> None:
    with pytest.raises(KeyRefused):
        VerifierKey(name, KEY.verifier.public)


def test_published_signatures_are_judged_as_their_authors_say() -> None:
    file = VECTORS / "ed25519_test.json"
    if not file.is_file():
        pytest.skip("shared/vectors not present")
    suite = json.loads(file.read_text())
    judged = {"valid": 0, "invalid": 0}
    for group in suite["testGroups"]:
        key = VerifierKey("wycheproof", bytes.fromhex(group["publicKey"]["pk"]))
        for test in group["tests"]:
            verifies = key.verifies(bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"]))
            assert verifies == (test["result"] == "valid"), test["tcId"]
            judged[test["result"]] += 1
    assert judged == {"valid": 88, "invalid": 63}
    assert suite["numberOfTests"] == sum(judged.values())
