"""Seals what pages must keep for a while, under a key that no database sees."""

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from nrm_runtime.persons.keys import KeyWrapper

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
VERSION_BYTES: Final = 4
LENGTH_BYTES: Final = 2


class NotSealedHere(Exception):
    """What lies there was not sealed by this service for this purpose."""


class Sealing:
    """Envelope encryption (AES-256-GCM): each text under a key of its own, wrapped by the KEK."""

    def __init__(self, wrapper: KeyWrapper) -> None:
        """Wrap keys by `wrapper`."""
        self._wrapper = wrapper

    async def seal(self, plain: bytes, about: bytes) -> bytes:
        """Seal; `about` must be said again to open. Raises `VaultAway`."""
        key, nonce = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(NONCE_BYTES)
        version, wrapped = await self._wrapper.wrap(key, about)
        return (
            version.to_bytes(VERSION_BYTES)
            + len(wrapped).to_bytes(LENGTH_BYTES)
            + wrapped
            + nonce
            + AESGCM(key).encrypt(nonce, plain, about)
        )

    async def open(self, sealed: bytes, about: bytes) -> bytes:
        """Open; raises `NotSealedHere`, or `VaultAway` where the key cannot be had."""
        start = VERSION_BYTES + LENGTH_BYTES
        version = int.from_bytes(sealed[:VERSION_BYTES])
        end = start + int.from_bytes(sealed[VERSION_BYTES:start])
        try:
            key = await self._wrapper.unwrap(version, sealed[start:end], about)
            nonce = sealed[end : end + NONCE_BYTES]
            return AESGCM(key).decrypt(nonce, sealed[end + NONCE_BYTES :], about)
        except (InvalidTag, ValueError) as error:
            raise NotSealedHere from error
