"""The values that may stand in an entry, their canonical bytes, and the two hashes over bytes."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Final, NoReturn, TypeAlias

ENTRY_BYTES_MAX: Final = 65_535  # the length prefix of an entry bundle has sixteen bits
SALT_BYTES: Final = 32
INTEGER_MAX: Final = 2**53 - 1  # what every reader of JSON keeps exactly
DEPTH_MAX: Final = 16

Value: TypeAlias = str | int | Sequence["Value"] | Mapping[str, "Value"]


class EntryRefused(Exception):
    """Bytes or values that are no entry of version 1; the message names the field only."""


def leaf_hash(raw: bytes) -> bytes:
    """Give the RFC 6962 leaf hash of an entry's exact bytes: SHA-256 over 0x00 and the bytes."""
    return hashlib.sha256(b"\x00" + raw).digest()


def commitment(salt: bytes, content: bytes) -> str:
    """Commit to exact bytes: HMAC-SHA256 under a salt of 32 random bytes, in base64.

    With the salt destroyed the value says nothing about the content. Raises `EntryRefused`
    when the salt has another length.
    """
    if len(salt) != SALT_BYTES:
        refuse("salt", f"has to be {SALT_BYTES} bytes")
    return base64.b64encode(hmac.digest(salt, content, "sha256")).decode("ascii")


def canonical(value: Value) -> bytes:
    """Serialise to canonical JSON.

    Raises `EntryRefused` for a null, a boolean, a float, an integer beyond 2**53 - 1, a key
    that is not ASCII, text that UTF-8 cannot hold, nesting deeper than sixteen levels, or
    more than 65,535 bytes.
    """
    _check_value(value, "entry", 0)
    raw = _dump(value)
    _check_size(raw)
    return raw


def parse(raw: bytes) -> Value:
    """Read canonical JSON; `EntryRefused` where it is too long, no JSON, or not canonical."""
    _check_size(raw)
    try:
        value = json.loads(raw, parse_float=_no_float, parse_constant=_no_float)
    except (ValueError, RecursionError) as error:
        raise EntryRefused("entry: not JSON") from error
    _check_value(value, "entry", 0)
    if _dump(value) != raw:
        refuse("entry", "not in canonical form")
    return value  # type: ignore[no-any-return]


def decode_base64(text: str, field: str) -> bytes:
    """Decode base64 of which there is one text per value; `EntryRefused` otherwise."""
    # Python's decoder ignores stray bits in the last character; two texts for one value would
    # be two entries for one fact, so the value is encoded again and compared.
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise EntryRefused(f"{field}: not base64") from error
    if base64.b64encode(content).decode("ascii") != text:
        refuse(field, "base64 that is not canonical")
    return content


def refuse(field: str, why: str) -> NoReturn:
    """Say which field breaks which rule."""
    raise EntryRefused(f"{field}: {why}")


def _dump(value: Value) -> bytes:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise EntryRefused("entry: text that UTF-8 cannot hold") from error


def _no_float(_: str) -> NoReturn:
    refuse("entry", "holds a number that is no integer")


def _check_size(raw: bytes) -> None:
    if len(raw) > ENTRY_BYTES_MAX:
        refuse("entry", f"longer than {ENTRY_BYTES_MAX} bytes")


def _check_value(value: object, field: str, depth: int) -> None:
    if depth > DEPTH_MAX:
        refuse(field, "nested too deep")
    if isinstance(value, str):
        return
    if isinstance(value, int) and not isinstance(value, bool):
        if abs(value) > INTEGER_MAX:
            refuse(field, "an integer beyond 2**53 - 1")
        return
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if not isinstance(name, str) or not name.isascii():
                refuse(field, "a key that is not ASCII text")
            _check_value(inner, name if depth == 0 else field, depth + 1)
        return
    if isinstance(value, list | tuple):
        for inner in value:
            _check_value(inner, field, depth + 1)
        return
    refuse(field, "only strings, integers, lists and objects may stand in an entry")
