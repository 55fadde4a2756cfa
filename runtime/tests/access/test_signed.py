"""Signed statements: what is believed, what is refused, and published vectors."""

import base64
import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, OctKey

from nrm_runtime.access.signed import (
    EDDSA,
    ES256,
    TOKEN_MAX,
    NotSigned,
    claims_of,
    header_of,
    new_key,
    opened,
    private_pem,
    public_pem,
    public_set,
    read_key,
    read_set,
    sign,
)

VECTORS = Path(__file__).parents[4] / "shared" / "vectors"
KEY = new_key(ES256)
OTHER = new_key(ES256)
EDWARDS = new_key(EDDSA)


@pytest.mark.skipif(not VECTORS.is_dir(), reason="shared/vectors not present")
def test_signatures_that_others_refuse_are_refused_and_theirs_are_taken() -> None:
    document = json.loads((VECTORS / "wycheproof" / "json_web_signature_test.json").read_text())
    taken: list[int] = []
    wrong: list[int] = []
    count = 0
    for group in document["testGroups"]:
        jwk = group.get("public") or group["private"]
        for test in group["tests"]:
            count += 1
            try:
                opened(test["jws"], JWKRegistry.import_key(jwk), algorithm=ES256)
            except (NotSigned, JoseError):
                continue
            taken.append(test["tcId"])
            if test["result"] != "valid" or jwk.get("alg") != ES256:
                wrong.append(test["tcId"])
    assert count == document["numberOfTests"] == 401
    assert wrong == []
    # Every valid one of the algorithm we offer; all others are algorithms we do not offer.
    assert len(taken) == 2


def test_what_was_signed_is_opened() -> None:
    for key, algorithm in ((KEY, ES256), (EDWARDS, EDDSA)):
        text = sign({"a": 1}, key, algorithm=algorithm, kind="x+jwt")
        assert claims_of(text, key, algorithm=algorithm, kind="x+jwt") == {"a": 1}
        assert header_of(text) == {"alg": algorithm, "typ": "x+jwt", "kid": key.kid}


def test_another_key_algorithm_kind_or_form_is_refused() -> None:
    text = sign({"a": 1}, KEY, algorithm=ES256, kind="x+jwt")
    head, body, signature = text.split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"x+jwt"}').rstrip(b"=").decode()
    mac = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"x+jwt"}').rstrip(b"=").decode()
    refused = [
        (text, OTHER, ES256, "x+jwt"),
        (text, KEY, EDDSA, "x+jwt"),
        (text, EDWARDS, EDDSA, "x+jwt"),
        (text, EDWARDS, ES256, "x+jwt"),
        (text, KEY, ES256, "y+jwt"),
        (text, OctKey.generate_key(256), ES256, "x+jwt"),
        (f"{none}.{body}.", KEY, ES256, "x+jwt"),
        (f"{mac}.{body}.{signature}", KEY, ES256, "x+jwt"),
        (f"{head}.{body}.", KEY, ES256, "x+jwt"),
        (f"{head}.{body}.{signature}=", KEY, ES256, "x+jwt"),
        (f"{head}.{body}.{signature}.", KEY, ES256, "x+jwt"),
        (f" {text}", KEY, ES256, "x+jwt"),
        ("", KEY, ES256, "x+jwt"),
    ]
    for given_text, key, algorithm, kind in refused:
        with pytest.raises(NotSigned):
            claims_of(given_text, key, algorithm=algorithm, kind=kind)


def test_a_text_over_the_limit_is_not_even_parsed() -> None:
    long = sign({"a": "x" * TOKEN_MAX}, KEY, algorithm=ES256, kind="x+jwt")
    with pytest.raises(NotSigned):
        opened(long, KEY, algorithm=ES256)
    with pytest.raises(NotSigned):
        header_of(long)


@given(st.text(max_size=200) | st.from_regex(r"[\w-]{0,60}\.[\w-]{0,60}\.[\w-]{0,90}"))
def test_no_text_makes_anything_but_a_refusal(text: str) -> None:
    with pytest.raises(NotSigned):
        opened(text, KEY, algorithm=ES256)
    with contextlib.suppress(NotSigned):
        header_of(text)


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_no_header_or_payload_makes_anything_but_a_refusal(head: bytes, body: bytes) -> None:
    text = ".".join(
        base64.urlsafe_b64encode(one).rstrip(b"=").decode() for one in (head, body, b"x")
    )
    with pytest.raises(NotSigned):
        opened(text, KEY, algorithm=ES256)


def test_payloads_that_are_no_claims_are_refused() -> None:
    for payload in (b"[]", b"\xff", b"", b"{"):
        head = {"alg": ES256, "typ": "x+jwt", "kid": KEY.kid}
        text = jws.serialize_compact(head, payload, KEY, [ES256])
        with pytest.raises(NotSigned):
            claims_of(text, KEY, algorithm=ES256, kind="x+jwt")


def test_only_fitting_keys_of_a_set_are_believed() -> None:
    document = public_set(KEY, EDWARDS)
    assert all("d" not in key for key in document["keys"])
    document["keys"].append({**KEY.as_dict(private=False), "kid": "enc", "use": "enc"})
    document["keys"].append({**KEY.as_dict(private=False), "kid": "alg", "alg": "ES384"})
    document["keys"].append({"kty": "oct", "k": "AAAA", "kid": "oct"})
    assert set(read_set(document, ES256)) == {KEY.kid}
    assert set(read_set(document, EDDSA)) == {EDWARDS.kid}
    for wrong in ({}, {"keys": 1}, {"keys": [{"kty": "EC", "crv": "P-256", "kid": "x"}]}):
        with pytest.raises(ValueError, match="no key"):
            read_set(wrong, ES256)


def test_a_key_file_fits_its_algorithm_or_is_refused() -> None:
    pem = private_pem(KEY)
    assert read_key(pem, ES256).kid == KEY.kid
    assert read_key(public_pem(KEY), ES256).kid == KEY.kid
    with pytest.raises((ValueError, JoseError)):
        read_key(pem, EDDSA)
