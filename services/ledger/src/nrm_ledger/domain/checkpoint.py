"""Checkpoints: how large the log is and what its root is, as a C2SP signed note.

The note's text has the log's origin, its size in decimal and its root in base64, a line each,
and lines of extensions that readers ignore. After an empty line come signature lines; those of
other keys, a witness's or another algorithm's, are ignored too. There is no checkpoint of size
0: verifiers in use disagree about the root of an empty tree.
"""

import base64
import re
from dataclasses import dataclass
from typing import Final

from nrm_ledger.domain.keys import (
    KEY_HASH_BYTES,
    SIGNATURE_BYTES,
    SigningKey,
    VerifierKey,
    decode_base64,
)
from nrm_ledger.domain.merkle import HASH_BYTES

NOTE_BYTES_MAX: Final = 1_000_000
SIGNATURES_MAX: Final = 100
SIZE_MAX: Final = 2**63 - 1
_SIZE: Final = re.compile(r"[1-9][0-9]{0,18}\Z")
_SIGNATURE: Final = re.compile(r"\u2014 (?P<name>[^ +]+) (?P<base64>[A-Za-z0-9+/=]+)\Z")
_TEXT_LINES_MIN: Final = 3


class NoteRefused(Exception):
    """A note that is malformed, not signed by the key asked for, or no checkpoint."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log `origin` holds `size` entries under `root`."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        root = base64.b64encode(self.root).decode("ascii")
        return f"{self.origin}\n{self.size}\n{root}\n"


def sign(checkpoint: Checkpoint, key: SigningKey) -> bytes:
    """Give the signed note; the same checkpoint and key always give the same bytes.

    Raises `NoteRefused` for values that a reader would refuse.
    """
    text = checkpoint.text.encode()
    if _checkpoint_of(checkpoint.text) != checkpoint:
        raise NoteRefused("not a checkpoint")
    content = base64.b64encode(key.verifier.key_hash + key.sign(text)).decode("ascii")
    return text + f"\n\u2014 {key.name} {content}\n".encode()


def open_checkpoint(note: bytes, key: VerifierKey) -> Checkpoint:
    """Read a checkpoint that `key` signed.

    Raises `NoteRefused` when the note is malformed, speaks of another log, has no signature line
    of that key, or one that does not verify.
    """
    text, lines = _split(note)
    signed = False
    for line in lines:
        match = _SIGNATURE.match(line)
        content = decode_base64(match["base64"]) if match else None
        if match is None or content is None or len(content) <= KEY_HASH_BYTES:
            raise NoteRefused("a signature line is malformed")
        if match["name"] != key.name or content[:KEY_HASH_BYTES] != key.key_hash:
            continue
        signature = content[KEY_HASH_BYTES:]
        if len(signature) != SIGNATURE_BYTES or not key.verifies(signature, text.encode()):
            raise NoteRefused("the signature does not fit the text")
        signed = True
    if not signed:
        raise NoteRefused("no signature of the pinned key")
    checkpoint = _checkpoint_of(text)
    if checkpoint.origin != key.name:
        raise NoteRefused("the note speaks of another log than its key")
    return checkpoint


def _split(note: bytes) -> tuple[str, list[str]]:
    if len(note) > NOTE_BYTES_MAX:
        raise NoteRefused("the note is too long")
    try:
        content = note.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NoteRefused("the note is not UTF-8") from error
    if any(each < " " and each != "\n" for each in content):
        raise NoteRefused("the note holds a control character")
    text, mark, signatures = content.rpartition("\n\n")
    if not mark or not signatures.endswith("\n"):
        raise NoteRefused("the note has no signatures")
    lines = signatures[:-1].split("\n")
    if len(lines) > SIGNATURES_MAX:
        raise NoteRefused("the note has too many signatures")
    return text + "\n", lines


def _checkpoint_of(text: str) -> Checkpoint:
    lines = text[:-1].split("\n")
    if len(lines) < _TEXT_LINES_MIN or not all(lines):
        raise NoteRefused("a checkpoint has an origin, a size and a root")
    origin, size, root_text = lines[:_TEXT_LINES_MIN]
    if _SIZE.match(size) is None or int(size) > SIZE_MAX:
        raise NoteRefused("the size is not a decimal number from 1 on")
    root = decode_base64(root_text)
    if root is None or len(root) != HASH_BYTES:
        raise NoteRefused("the root is not a hash in base64")
    return Checkpoint(origin, int(size), root)
