"""Ed25519 keys of signed notes: the text an auditor pins, and which keys are refused.

A verifier key reads `<name>+<eight hexadecimal digits>+<base64>`; a signing key has
`PRIVATE+KEY+` before it. The digits identify name and key together; the base64 holds the
algorithm's number and the key. Libraries accept keys that sign anything for everybody, so
points of small order and bytes that are no point are refused when a key is read.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
KEY_HASH_BYTES: Final = 4
_ED25519: Final = b"\x01"
_PRIVATE: Final = "PRIVATE+KEY+"
# No blank, no plus: both separate parts of a note. Control characters are no text.
_NAME: Final = re.compile(r"[^\s+\x00-\x1f\x7f]{1,200}\Z")
_TEXT: Final = re.compile(r"(?P<name>[^+]+)\+(?P<hash>[0-9a-f]{8})\+(?P<key>[A-Za-z0-9+/=]+)\Z")

# The curve of Ed25519: -x^2 + y^2 = 1 + d x^2 y^2 over the integers modulo P.
_P: Final = 2**255 - 19
_D: Final = -121665 * pow(121666, -1, _P) % _P
_ORDER_EIGHT: Final = int.from_bytes(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
)
_SMALL_ORDER: Final = frozenset({0, 1, _P - 1, _ORDER_EIGHT, _P - _ORDER_EIGHT})


class KeyRefused(Exception):
    """Text that is no key of a note, or a key that proves nothing."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """Who signs a log's checkpoints: the name in the signature line and the public key."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        """Refuse names that break a note, and keys that are no point or one of small order."""
        if _NAME.match(self.name) is None:
            raise KeyRefused("a key's name is one word without a plus")
        check_public(self.public)

    @property
    def key_hash(self) -> bytes:
        """The four bytes that stand in signature lines."""
        content = self.name.encode() + b"\n" + _ED25519 + self.public
        return hashlib.sha256(content).digest()[:KEY_HASH_BYTES]

    @property
    def text(self) -> str:
        """The verifier key as one line without its end, for an auditor to pin."""
        return f"{self.name}+{self.key_hash.hex()}+{_base64(_ED25519 + self.public)}"

    def verifies(self, signature: bytes, text: bytes) -> bool:
        """Say whether the signature over the text is this key's."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except InvalidSignature:
            return False
        return len(signature) == SIGNATURE_BYTES


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The secret half; only the signer process holds one. Its text is never logged or sent."""

    name: str
    seed: bytes

    def __repr__(self) -> str:
        """Show the name only."""
        return f"SigningKey({self.name!r})"

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.name, self._private().public_key().public_bytes_raw())

    @property
    def text(self) -> str:
        """The signing key as one line without its end."""
        return f"{_PRIVATE}{self.name}+{self.verifier.key_hash.hex()}+" + _base64(
            _ED25519 + self.seed
        )

    def sign(self, text: bytes) -> bytes:
        """Sign the text; the same text always gives the same 64 bytes."""
        return self._private().sign(text)

    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


def verifier_key(text: str) -> VerifierKey:
    """Read a verifier key; `KeyRefused` unless it is the one text of a sound key."""
    name, key = _parts(text)
    found = VerifierKey(name, key)
    if found.text != text:
        raise KeyRefused("the digits of the key do not fit its name and bytes")
    return found


def signing_key(text: str) -> SigningKey:
    """Read a signing key; `KeyRefused` unless it is the one text of a sound key."""
    if not text.startswith(_PRIVATE):
        raise KeyRefused("not a signing key")
    name, seed = _parts(text.removeprefix(_PRIVATE))
    found = SigningKey(name, seed)
    if found.text != text:
        raise KeyRefused("the digits of the key do not fit its name and bytes")
    return found


def check_public(public: bytes) -> None:
    """Raise `KeyRefused` unless the 32 bytes are one point of the curve of large order."""
    if len(public) != KEY_BYTES:
        raise KeyRefused(f"an Ed25519 key has {KEY_BYTES} bytes")
    y = int.from_bytes(public, "little") & (1 << 255) - 1
    if y >= _P:
        raise KeyRefused("the key's bytes are not the one form of a point")
    if y in _SMALL_ORDER:
        raise KeyRefused("a key of small order proves nothing")
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    if pow(square, (_P - 1) // 2, _P) != 1:
        raise KeyRefused("the key's bytes are no point of the curve")


def decode_base64(text: str) -> bytes | None:
    """Decode base64 of which there is one text per value; `None` for every other text."""
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return content if _base64(content) == text else None


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _parts(text: str) -> tuple[str, bytes]:
    match = _TEXT.match(text)
    content = decode_base64(match["key"]) if match else None
    if match is None or content is None or content[:1] != _ED25519:
        raise KeyRefused("not an Ed25519 key of a signed note")
    if len(content) != 1 + KEY_BYTES:
        raise KeyRefused(f"an Ed25519 key has {KEY_BYTES} bytes")
    return match["name"], content[1:]
