"""Signed statements (JWS, compact form): one key, one algorithm, a length limit, nothing else.

The library below takes any algorithm of a list for any fitting key, and checks no claim. Every
token of this system is opened here, so that no door can forget what the library leaves out.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, KeySet, OctKey, OKPKey

TOKEN_MAX: Final = 4096  # bytes; longer ones are refused before anything is parsed
ES256: Final = "ES256"
EDDSA: Final = "Ed25519"  # EdDSA on that one curve, as RFC 9864 names it
P256: Final = "P-256"
ED25519: Final = "Ed25519"
CURVES: Final[Mapping[str, str]] = {ES256: P256, EDDSA: ED25519}


class NotSigned(Exception):
    """The text is no statement that the key signed; says nothing of what it holds."""


def opened(text: str, key: Key, *, algorithm: str) -> bytes:
    """Give the payload of a compact JWS that `key` signed by `algorithm`.

    Raises `NotSigned` for everything else: another algorithm, a key meant for another use, a
    form that is not canonical, a text over `TOKEN_MAX` bytes.
    """
    if len(text) > TOKEN_MAX or not _fits(key, algorithm):
        raise NotSigned
    try:
        key.check_use("sig")
        key.check_alg(algorithm)
        return jws.deserialize_compact(text.encode("ascii"), key, [algorithm]).payload
    except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotSigned from error


def claims_of(text: str, key: Key, *, algorithm: str, kind: str) -> dict[str, Any]:
    """Give the claims of a signed token whose header says `typ` = `kind`.

    The kind is part of the promise: without it one sort of token would pass for another.
    Raises `NotSigned`. Checks no claim.
    """
    payload = opened(text, key, algorithm=algorithm)
    if header_of(text).get("typ") != kind:
        raise NotSigned
    try:
        claims = json.loads(payload)
    except ValueError as error:
        raise NotSigned from error
    if not isinstance(claims, dict):
        raise NotSigned
    return claims


def header_of(text: str) -> Mapping[str, Any]:
    """Read the header of a compact JWS without believing it, to find the key it names.

    Raises `NotSigned` when it cannot be read or is too long.
    """
    if len(text) > TOKEN_MAX:
        raise NotSigned
    try:
        header: object = jws.extract_compact(text.encode("ascii")).headers()
    except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotSigned from error
    if not isinstance(header, dict):
        raise NotSigned
    return header


def sign(claims: Mapping[str, Any], key: Key, *, algorithm: str, kind: str) -> str:
    """Sign claims; the header names `kind` and the key's id."""
    key.ensure_kid()
    header = {"alg": algorithm, "typ": kind, "kid": key.kid}
    payload = json.dumps(dict(claims), separators=(",", ":")).encode()
    return jws.serialize_compact(header, payload, key, [algorithm])


def new_key(algorithm: str) -> Key:
    """Make a private key for `algorithm`, named by its thumbprint."""
    parameters: Any = {"alg": algorithm, "use": "sig"}
    if algorithm == EDDSA:
        return OKPKey.generate_key(ED25519, parameters, auto_kid=True)
    return ECKey.generate_key(P256, parameters, auto_kid=True)


def read_key(pem: bytes, algorithm: str) -> Key:
    """Read a key (PEM, private or public) and bind it to one algorithm and its thumbprint."""
    kind: type[ECKey | OKPKey] = OKPKey if algorithm == EDDSA else ECKey
    parameters: Any = {"alg": algorithm, "use": "sig"}
    key = kind.import_key(pem, parameters)
    key.ensure_kid()
    if not _fits(key, algorithm):
        raise ValueError("the key does not fit the algorithm")
    return key


def read_jwk(document: Mapping[str, Any], algorithm: str) -> Key:
    """Read a public key (JWK) and bind it to one algorithm and its thumbprint.

    Raises `ValueError` for anything else, a private half among them.
    """
    kind: type[ECKey | OKPKey] = OKPKey if algorithm == EDDSA else ECKey
    named: Any = {name: document[name] for name in ("kty", "crv", "x", "y") if name in document}
    try:
        key = kind.import_key(named, {"alg": algorithm, "use": "sig"})
        key.ensure_kid()
        public_pem(key)  # a point beside the curve shows here
    except (JoseError, KeyError, TypeError) as error:
        raise ValueError("no public key") from error
    if "d" in document or key.is_private or not _fits(key, algorithm):
        raise ValueError("no public key for the algorithm")
    return key


def halves(key: Key) -> tuple[str, str, str]:
    """Give `x` and `y` of a public key and its SHA-256 thumbprint (RFC 7638) in hexadecimal."""
    shown: Any = key.as_dict(private=False)
    thumbprint = key.thumbprint()
    digest = base64.urlsafe_b64decode(thumbprint + "=" * (-len(thumbprint) % 4))
    return str(shown["x"]), str(shown["y"]), digest.hex()


def private_pem(key: Key) -> bytes:
    """Write the private half (PKCS 8, not encrypted)."""
    return _pem(key, private=True)


def public_pem(key: Key) -> bytes:
    """Write the public half."""
    return _pem(key, private=False)


def public_set(*keys: Key) -> dict[str, Any]:
    """Give the JSON Web Key Set that others may see: public halves only."""
    return dict(KeySet(list(keys)).as_dict(private=False))


def read_set(document: Mapping[str, Any], algorithm: str) -> dict[str, Key]:
    """Read the keys of a key set that fit `algorithm`, by key id; others are left out.

    Raises `ValueError` when the document is no key set.
    """
    found = document.get("keys")
    if not isinstance(found, list):
        raise ValueError("no key set")  # noqa: TRY004 - callers sort by ValueError
    keys: dict[str, Key] = {}
    for one in found:
        if not isinstance(one, dict) or one.get("crv") != CURVES.get(algorithm):
            continue
        if one.get("use", "sig") != "sig" or one.get("alg", algorithm) != algorithm:
            continue
        kind: type[ECKey | OKPKey] = OKPKey if algorithm == EDDSA else ECKey
        try:
            key = kind.import_key(one)
        except JoseError as error:
            raise ValueError("no key") from error
        if key.kid is not None:
            keys[key.kid] = key
    return keys


def _pem(key: Key, *, private: bool) -> bytes:
    if isinstance(key, OctKey):
        raise TypeError("a shared secret has no halves")
    pem: bytes = key.as_pem(private=private)
    return pem


def _fits(key: Key, algorithm: str) -> bool:
    """Say whether the key is of the one curve that the algorithm is used with here."""
    return not isinstance(key, OctKey) and key.get("crv") == CURVES.get(algorithm, "")
