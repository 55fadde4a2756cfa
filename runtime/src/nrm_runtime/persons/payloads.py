"""One private document: sealed under its person's key, bound to its place, committed to."""

import secrets
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from nrm_runtime.ledger.values import SALT_BYTES, commitment
from nrm_runtime.persons.keys import NONCE_BYTES, Vault

CONTENT_BYTES_MAX: Final = 512 * 1024


class Unsealable(Exception):
    """A ciphertext does not belong to its place or was changed; holds no content."""


class DocumentTooLarge(Exception):
    """A private document is larger than one may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A private document before it is sealed: canonical JSON, one person, one data category."""

    part: str
    person: UUID
    category: str
    content: bytes

    def __repr__(self) -> str:
        """Never show the content."""
        return f"Document({self.part})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A private document as it is stored; `commitment` goes into the ledger entry."""

    part: str
    person: UUID
    category: str
    key_id: UUID
    salt: bytes
    ciphertext: bytes
    commitment: str


async def seal(vault: Vault, event: UUID, schema_version: int, document: Document) -> Sealed:
    """Seal a document for its place. Raises `Erased`, `VaultAway`, `DocumentTooLarge`."""
    if len(document.content) > CONTENT_BYTES_MAX:
        raise DocumentTooLarge(document.part)
    key = await vault.key_for(document.person)
    salt, nonce = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(NONCE_BYTES)
    place = _place(event, document.part, document.person, schema_version)
    return Sealed(
        part=document.part,
        person=document.person,
        category=document.category,
        key_id=key.key_id,
        salt=salt,
        ciphertext=nonce + AESGCM(key.key).encrypt(nonce, document.content, place),
        commitment=commitment(salt, document.content),
    )


async def unseal(
    vault: Vault,
    *,
    event: UUID,
    part: str,
    person: UUID,
    schema_version: int,
    key_id: UUID,
    ciphertext: bytes,
) -> bytes:
    """Give a document's content. Raises `Erased`, `VaultAway`, `Unsealable`."""
    key = await vault.key(key_id)
    place = _place(event, part, person, schema_version)
    try:
        return AESGCM(key.key).decrypt(ciphertext[:NONCE_BYTES], ciphertext[NONCE_BYTES:], place)
    except InvalidTag as error:
        raise Unsealable(part) from error


def _place(event: UUID, part: str, person: UUID, schema_version: int) -> bytes:
    return f"{event}|{part}|{person}|{schema_version}".encode()


__all__ = ["Document", "DocumentTooLarge", "Sealed", "Unsealable", "seal", "unseal"]
