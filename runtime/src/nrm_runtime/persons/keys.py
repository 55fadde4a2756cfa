"""Persons' keys: one per person and service, wrapped by a key that no database sees."""

import os
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from nrm_runtime.store.errors import Erased, VaultAway, is_away, is_busy

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
CACHE_S: Final = 300.0  # how long a key may be used while its store is away
CACHE_MAX: Final = 10_000
BATCH_MAX: Final = 500


class KeyWrapper(Protocol):
    """Wraps persons' keys under key-encryption keys that live outside every database."""

    async def wrap(self, key: bytes, context: bytes) -> tuple[int, bytes]:
        """Wrap under the current version; give version and wrapped key."""
        ...

    async def unwrap(self, version: int, wrapped: bytes, context: bytes) -> bytes:
        """Unwrap; raises `VaultAway` when the version cannot be had."""
        ...


class LocalKeyset:
    """Key-encryption keys as files `kek-<version>.key` in a private folder.

    For tests and a local copy. A version is an epoch: after `begin_epoch` and a new wrapping of
    all living keys, `end_epochs_before` destroys the old versions and, with them, whatever a
    backup of the keys' database still holds.
    """

    def __init__(self, folder: Path) -> None:
        """Use the keys in `folder`; nothing is read or written yet."""
        self._folder = folder

    def prepare(self) -> None:
        """Make the folder and the first version where there is none; safe side by side."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.versions():
            self._write(1)

    def versions(self) -> list[int]:
        """Give the versions that exist, oldest first."""
        names = (path.stem.removeprefix("kek-") for path in self._folder.glob("kek-*.key"))
        return sorted(int(name) for name in names if name.isdigit())

    def begin_epoch(self) -> int:
        """Make a new version, under which keys are wrapped from now on."""
        version = self.versions()[-1] + 1
        self._write(version)
        return version

    def end_epochs_before(self, version: int) -> None:
        """Destroy every older version."""
        for old in self.versions():
            if old < version:
                path = self._path(old)
                path.write_bytes(secrets.token_bytes(KEY_BYTES))
                path.unlink()

    async def wrap(self, key: bytes, context: bytes) -> tuple[int, bytes]:
        """Wrap under the newest version."""
        versions = self.versions()
        if not versions:
            raise VaultAway("no key-encryption key")
        nonce = secrets.token_bytes(NONCE_BYTES)
        return versions[-1], nonce + AESGCM(self._read(versions[-1])).encrypt(nonce, key, context)

    async def unwrap(self, version: int, wrapped: bytes, context: bytes) -> bytes:
        """Unwrap with the version it was wrapped under."""
        sealer = AESGCM(self._read(version))
        return sealer.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], context)

    def _path(self, version: int) -> Path:
        return self._folder / f"kek-{version}.key"

    def _read(self, version: int) -> bytes:
        try:
            return self._path(version).read_bytes()
        except OSError as error:
            raise VaultAway(f"key-encryption key {version} cannot be read") from error

    def _write(self, version: int) -> None:
        draft = self._folder / f".draft-{uuid4()}"
        draft.touch(mode=0o600)
        draft.write_bytes(secrets.token_bytes(KEY_BYTES))
        with suppress(FileExistsError):  # another process was first; its key holds
            os.link(draft, self._path(version))
        draft.unlink()


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonKey:
    """A person's key in the clear; never stored, kept in memory for minutes."""

    key_id: UUID
    person: UUID
    key: bytes

    def __repr__(self) -> str:
        """Never show the key."""
        return f"PersonKey({self.key_id})"


_BY_PERSON: Final = "SELECT key_id, person, kek_version, wrapped FROM person_key WHERE person = $1"
_BY_ID: Final = "SELECT key_id, person, kek_version, wrapped FROM person_key WHERE key_id = $1"
_INSERT: Final = "INSERT INTO person_key VALUES ($1, $2, $3, $4)"
_OLD: Final = (
    "SELECT key_id, person, kek_version, wrapped FROM person_key"
    " WHERE kek_version <> $1 ORDER BY key_id LIMIT $2 FOR UPDATE"
)
_WRAPPED_ANEW: Final = "UPDATE person_key SET kek_version = $2, wrapped = $3 WHERE key_id = $1"
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 7068))"
_FORGOTTEN: Final = "SELECT EXISTS (SELECT FROM forgotten_person WHERE person = $1)"
_REMEMBER_FORGOTTEN: Final = "INSERT INTO forgotten_person VALUES ($1) ON CONFLICT DO NOTHING"
_DELETE: Final = "DELETE FROM person_key WHERE person = $1"


class Vault:
    """The persons' keys of one service: found, made, forgotten, wrapped anew."""

    def __init__(self, service: str, engine: AsyncEngine, wrapper: KeyWrapper) -> None:
        """Use the keys' database behind `engine`."""
        self._service = service
        self._engine = engine
        self._wrapper = wrapper
        self._kept: dict[UUID, tuple[float, PersonKey]] = {}
        self._key_of: dict[UUID, UUID] = {}

    async def key_for(self, person: UUID) -> PersonKey:
        """Give a person's key, made at first use. Raises `Erased`, `VaultAway`."""
        kept = self._fresh(self._key_of.get(person))
        if kept is not None:
            return kept
        async with self._store() as tx:
            found: Any = (await tx.exec_driver_sql(_BY_PERSON, (person,))).one_or_none()
            if found is None:
                found = await self._make(tx, person)
            return self._keep(await self._unwrapped(*found))

    async def key(self, key_id: UUID) -> PersonKey:
        """Give a key by its id. Raises `Erased` when it was destroyed, `VaultAway`."""
        kept = self._fresh(key_id)
        if kept is not None:
            return kept
        async with self._store() as tx:
            found: Any = (await tx.exec_driver_sql(_BY_ID, (key_id,))).one_or_none()
            if found is None:
                raise Erased
            return self._keep(await self._unwrapped(*found))

    async def forget(self, person: UUID) -> None:
        """Destroy a person's key, and let none be made again. Raises `VaultAway`."""
        self._kept.pop(self._key_of.pop(person, person), None)
        async with self._store() as tx:
            await tx.exec_driver_sql(_LOCK, (str(person),))
            await tx.exec_driver_sql(_REMEMBER_FORGOTTEN, (person,))
            await tx.exec_driver_sql(_DELETE, (person,))

    async def wrap_anew(self) -> int:
        """Wrap every living key under the current version; give how many were not."""
        version, _ = await self._wrapper.wrap(secrets.token_bytes(KEY_BYTES), b"probe")
        changed = 0
        while True:
            async with self._store() as tx:
                rows: Sequence[Any] = (await tx.exec_driver_sql(_OLD, (version, BATCH_MAX))).all()
                for key_id, person, old, wrapped in rows:
                    key = await self._unwrapped(key_id, person, old, wrapped)
                    again = await self._wrapper.wrap(key.key, self._context(person, key_id))
                    await tx.exec_driver_sql(_WRAPPED_ANEW, (key_id, *again))
            changed += len(rows)
            if len(rows) < BATCH_MAX:
                return changed

    async def _make(self, tx: AsyncConnection, person: UUID) -> tuple[UUID, UUID, int, bytes]:
        await tx.exec_driver_sql(_LOCK, (str(person),))
        if (await tx.exec_driver_sql(_FORGOTTEN, (person,))).scalar_one():
            raise Erased
        found: Any = (await tx.exec_driver_sql(_BY_PERSON, (person,))).one_or_none()
        if found is not None:
            return found[0], found[1], found[2], found[3]
        key_id = uuid4()
        plain = secrets.token_bytes(KEY_BYTES)
        version, wrapped = await self._wrapper.wrap(plain, self._context(person, key_id))
        await tx.exec_driver_sql(_INSERT, (key_id, person, version, wrapped))
        return key_id, person, version, wrapped

    async def _unwrapped(
        self, key_id: UUID, person: UUID, version: int, wrapped: bytes
    ) -> PersonKey:
        plain = await self._wrapper.unwrap(version, wrapped, self._context(person, key_id))
        return PersonKey(key_id=key_id, person=person, key=plain)

    def _context(self, person: UUID, key_id: UUID) -> bytes:
        return f"{self._service}|{person}|{key_id}".encode()

    def _fresh(self, key_id: UUID | None) -> PersonKey | None:
        until, kept = self._kept.get(key_id, (0.0, None)) if key_id else (0.0, None)
        return kept if until > time.monotonic() else None

    def _keep(self, key: PersonKey) -> PersonKey:
        if len(self._kept) >= CACHE_MAX:
            self._kept.clear()
            self._key_of.clear()
        self._kept[key.key_id] = (time.monotonic() + CACHE_S, key)
        self._key_of[key.person] = key.key_id
        return key

    @asynccontextmanager
    async def _store(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._engine.begin() as tx:
                yield tx
        except (Erased, VaultAway):
            raise
        except Exception as error:
            if is_away(error) or is_busy(error):
                raise VaultAway("the keys' database is away") from error
            raise


__all__ = ["KeyWrapper", "LocalKeyset", "PersonKey", "Vault"]
