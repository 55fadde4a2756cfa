"""Public keys of somebody else, fetched, kept for a while and fetched again when they change."""

import asyncio
import time
from collections import deque
from typing import Any, Final

import httpx2
from joserfc.jwk import Key

from nrm_runtime.access.signed import read_set

KEPT_S: Final = 300.0  # keys are asked for again after this
STALE_MAX_S: Final = 3600.0  # and still serve while the other side is away
UNKNOWN_MAX: Final = 10  # fetches for unknown key ids in a while: bad tokens cost little
UNKNOWN_WINDOW_S: Final = 60.0
BACKOFF_FIRST_S: Final = 0.25
BACKOFF_MAX_S: Final = 30.0
FETCH_S: Final = 5.0
DOCUMENT_MAX: Final = 65_536  # bytes


class KeysAway(Exception):
    """The other side's keys cannot be had now; nobody can be told from a stranger meanwhile."""


class RemoteKeys:
    """The key set at an address, or of an issuer, for one algorithm.

    With `issuer` true the address is an OpenID issuer: its discovery document names the keys,
    and must name the issuer itself.
    """

    def __init__(self, address: str, *, algorithm: str, issuer: bool = False) -> None:
        """Remember where the keys are; nothing is fetched yet."""
        self._address = address.rstrip("/")
        self._algorithm = algorithm
        self._issuer = issuer
        self._keys: dict[str, Key] = {}
        self._fetched = float("-inf")
        self._again = float("-inf")
        self._failures = 0
        self._unknown: deque[float] = deque(maxlen=UNKNOWN_MAX)
        self._one = asyncio.Lock()

    async def key(self, kid: str) -> Key | None:
        """Give the key with this id, or None when the other side has no such key.

        Raises `KeysAway` when that cannot be known.
        """
        if not self._needed(kid):
            return self._keys[kid]
        async with self._one:
            if self._needed(kid) and self._permitted(kid):
                await self._fetch()
        now = time.monotonic()
        if kid in self._keys and now - self._fetched < STALE_MAX_S:
            return self._keys[kid]
        if self._failures:
            raise KeysAway
        return None

    def _needed(self, kid: str) -> bool:
        return kid not in self._keys or time.monotonic() - self._fetched > KEPT_S

    def _permitted(self, kid: str) -> bool:
        """Say whether to ask now: never during a back-off, seldom for unknown ids."""
        now = time.monotonic()
        if now < self._again:
            return False
        if self._failures or now - self._fetched > KEPT_S or kid in self._keys:
            return True
        if len(self._unknown) == UNKNOWN_MAX and now - self._unknown[0] < UNKNOWN_WINDOW_S:
            return False
        self._unknown.append(now)
        return True

    async def _fetch(self) -> None:
        try:
            async with httpx2.AsyncClient(timeout=FETCH_S, follow_redirects=False) as client:
                where = await self._place(client) if self._issuer else self._address
                keys = read_set(await _document(client, where), self._algorithm)
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, KeyError, OSError):
            self._failures += 1
            pause = min(BACKOFF_FIRST_S * 2 ** (self._failures - 1), BACKOFF_MAX_S)
            self._again = time.monotonic() + pause
            return
        self._keys, self._fetched, self._failures = keys, time.monotonic(), 0

    async def _place(self, client: httpx2.AsyncClient) -> str:
        """Give the address of an issuer's keys, by its discovery document."""
        about = await _document(client, f"{self._address}/.well-known/openid-configuration")
        if str(about.get("issuer", "")).rstrip("/") != self._address:
            raise ValueError("the discovery document names another issuer")
        return str(about["jwks_uri"])


async def _document(client: httpx2.AsyncClient, address: str) -> dict[str, Any]:
    answer = await client.get(address)
    answer.raise_for_status()
    if len(answer.content) > DOCUMENT_MAX:
        raise ValueError("the document is too long")
    document = answer.json()
    if not isinstance(document, dict):
        raise ValueError("no document")  # noqa: TRY004 - the caller sorts by ValueError
    return document
