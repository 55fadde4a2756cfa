"""A caller's side: access tokens by client credentials and a signed assertion (RFC 7523)."""

import asyncio
import time
from collections.abc import AsyncGenerator
from typing import Any, Final
from uuid import UUID, uuid4

import httpx2
from joserfc.jwk import Key

from nrm_runtime.access.signed import ES256, sign

ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_KIND: Final = "client-authentication+jwt"
ASSERTION_S: Final = 60
EARLY_S: Final = 30.0  # a token is replaced this long before it ends
ANSWER_S: Final = 10.0
UNAUTHORISED: Final = 401


class TokenRefused(Exception):
    """The issuer gave no token; `code` is its OAuth2 error code."""

    def __init__(self, code: str) -> None:
        """Keep the code."""
        super().__init__(code)
        self.code = code


class ClientCredentials(httpx2.Auth):
    """Puts a fresh access token on every request of an `httpx2.AsyncClient`.

    One object acts as one client and, where `worker` is given, as that worker: the assertion
    names the worker, and the issuer refuses one whom the organisation did not register.
    """

    def __init__(
        self,
        *,
        issuer: str,
        client: str,
        key: Key,
        scope: str,
        worker: UUID | None = None,
    ) -> None:
        """Remember who calls; nothing is fetched yet. `key` is the client's private key."""
        self._issuer = issuer.rstrip("/")
        self._client = client
        self._key = key
        self._scope = scope
        self._worker = worker
        self._token = ""
        self._ends = float("-inf")
        self._one = asyncio.Lock()

    async def token(self) -> str:
        """Give a token that is valid for a while yet; ask for one when there is none.

        Raises `TokenRefused`, or an `httpx2.HTTPError` when the issuer is away.
        """
        async with self._one:
            if time.monotonic() >= self._ends:
                await self._fetch()
            return self._token

    async def async_auth_flow(
        self, request: httpx2.Request
    ) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        """Send with a token, and once more with a new one when the first is not believed."""
        used = await self.token()
        request.headers["Authorization"] = f"Bearer {used}"
        answer = yield request
        if answer.status_code == UNAUTHORISED:
            if used == self._token:
                self._ends = float("-inf")
            request.headers["Authorization"] = f"Bearer {await self.token()}"
            yield request

    async def _fetch(self) -> None:
        async with httpx2.AsyncClient(timeout=ANSWER_S) as http:
            about = await http.get(f"{self._issuer}/.well-known/openid-configuration")
            about.raise_for_status()
            endpoint = str(about.json()["token_endpoint"])
            answer = await http.post(endpoint, data=self._form(endpoint))
        body: dict[str, Any] = answer.json() if answer.content else {}
        if not answer.is_success:
            raise TokenRefused(str(body.get("error", answer.status_code)))
        self._token = str(body["access_token"])
        self._ends = time.monotonic() + float(body["expires_in"]) - EARLY_S

    def _form(self, endpoint: str) -> dict[str, str]:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self._client,
            "sub": self._client,
            "aud": endpoint,
            "iat": now,
            "exp": now + ASSERTION_S,
            "jti": str(uuid4()),
        }
        if self._worker is not None:
            claims["worker"] = str(self._worker)
        return {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION,
            "client_assertion": sign(claims, self._key, algorithm=ES256, kind=ASSERTION_KIND),
            "scope": self._scope,
        }
