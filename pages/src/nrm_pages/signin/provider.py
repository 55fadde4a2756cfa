"""The desk as a client of the identity provider: where to send people, what a code is worth."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuthError
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry

from nrm_pages.settings import DeskSettings
from nrm_runtime.access import KeysAway, RemoteKeys
from nrm_runtime.access.signed import ES256, NotSigned, claims_of, header_of, read_key

ANSWER_S: Final = 4.0  # below the database's time-outs: a refresh waits inside a transaction
KEPT_S: Final = 300.0
PAUSE_S: Final = 2.0  # between two tries while the provider is away
ASSERTION_S: Final = 60
LEEWAY_S: Final = 30
ID_KIND: Final = "JWT"
LOGOUT_KIND: Final = "logout+jwt"
LOGGED_OUT: Final = "http://schemas.openid.net/event/backchannel-logout"
TEXT_MAX: Final = 200
NO_MORE: Final = frozenset({"invalid_grant", "access_denied"})
OK: Final = 400


class ProviderAway(Exception):
    """The identity provider cannot be asked now; nothing was lost, try again."""


class NotGiven(Exception):
    """The provider gives nothing for this code or token, or says what cannot be believed."""

    def __init__(self, code: str) -> None:
        """Keep a kebab-case code."""
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the provider said of who signed in, and the tokens it gave; `ends` is the access's."""

    subject: str
    name: str
    acr: str
    sid: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    id_token: str = field(repr=False)
    ends: datetime


class Provider:
    """One issuer, as the desk of one service sees it."""

    def __init__(self, settings: DeskSettings, now: Callable[[], datetime]) -> None:
        """Remember where it is; nothing is fetched yet."""
        self._settings = settings
        self._now = now
        self._keys = RemoteKeys(settings.issuer, algorithm=ES256, issuer=True)
        self._about: dict[str, Any] = {}
        self._fetched = float("-inf")
        self._again = float("-inf")
        self._one = asyncio.Lock()

    async def address(self, *, state: str, nonce: str, verifier: str, prompt: str = "") -> str:
        """Give the address at which a person signs in. Raises `ProviderAway`."""
        about = await self._document()
        more = {"prompt": prompt} if prompt else {}
        if self._settings.factors:
            more["acr_values"] = " ".join(sorted(self._settings.factors))
        async with self._client() as client:
            address, _ = client.create_authorization_url(
                about["authorization_endpoint"],
                state=state,
                nonce=nonce,
                code_verifier=verifier,
                redirect_uri=self._settings.redirect,
                scope="openid",
                **more,
            )
        return str(address)

    async def redeem(self, code: str, *, verifier: str, nonce: str) -> Told:
        """Turn a code into tokens. Raises `NotGiven`, `ProviderAway`."""
        given = await self._tokens(
            "authorization_code",
            code=code,
            code_verifier=verifier,
            redirect_uri=self._settings.redirect,
        )
        claims = await self._id_claims(str(given.get("id_token", "")))
        if claims.get("nonce") != nonce:
            raise NotGiven("wrong-nonce")
        return self._told(given, claims, str(given.get("id_token", "")))

    async def refresh(self, before: Told) -> Told:
        """Get new tokens for old. Raises `NotGiven`, `ProviderAway`."""
        given = await self._tokens("refresh_token", refresh_token=before.refresh)
        given.setdefault("refresh_token", before.refresh)
        if "id_token" not in given:
            known = {"sub": before.subject, "acr": before.acr, "sid": before.sid}
            return self._told(given, {**known, "name": before.name}, before.id_token)
        claims = await self._id_claims(str(given["id_token"]))
        if claims.get("sub") != before.subject:
            raise NotGiven("another-person")
        known = {"acr": before.acr, "sid": before.sid, "name": before.name}
        told = self._told(given, {**known, **claims}, str(given["id_token"]))
        if not self.enough(told.acr):
            raise NotGiven("second-factor-missing")
        return told

    async def end(self, id_token: str) -> bool:
        """Ask the provider to sign somebody out everywhere; whether it did. Never raises."""
        try:
            about = await self._document()
            where = about.get("end_session_endpoint")
            if not where:
                return False
            told = {"id_token_hint": id_token, "client_id": self._settings.client}
            async with httpx2.AsyncClient(timeout=ANSWER_S, follow_redirects=False) as http:
                reply = await http.post(str(where), data=told)
        except (ProviderAway, httpx2.HTTPError, OSError):
            return False
        return reply.status_code < OK

    async def ended(self, statement: str) -> str:
        """Read a back-channel logout token; give the provider's session that ended.

        Raises `NotGiven`, `ProviderAway`.
        """
        claims = await self._checked(statement, LOGOUT_KIND)
        events, sid = claims.get("events"), claims.get("sid")
        if not isinstance(events, Mapping) or LOGGED_OUT not in events or "nonce" in claims:
            raise NotGiven("no-logout")
        if not isinstance(sid, str) or not sid:
            raise NotGiven("no-session")
        return sid

    def enough(self, acr: str) -> bool:
        """Whether somebody who signed in this way may come in."""
        return not self._settings.factors or acr in self._settings.factors

    def _told(self, given: Mapping[str, Any], claims: Mapping[str, Any], id_token: str) -> Told:
        access, refresh = given.get("access_token"), given.get("refresh_token")
        lasts, sub = given.get("expires_in"), claims.get("sub")
        if not isinstance(access, str) or not isinstance(refresh, str) or not isinstance(sub, str):
            raise NotGiven("tokens-missing")
        if isinstance(lasts, bool) or not isinstance(lasts, int | float) or lasts <= 0:
            raise NotGiven("tokens-missing")
        ends = datetime.fromtimestamp(self._now().timestamp() + float(lasts), UTC)
        return Told(
            subject=sub,
            name=_text(claims, "name"),
            acr=_text(claims, "acr"),
            sid=_text(claims, "sid"),
            access=access,
            refresh=refresh,
            id_token=id_token,
            ends=ends,
        )

    async def _tokens(self, kind: str, **form: str) -> dict[str, Any]:
        about = await self._document()
        try:
            async with asyncio.timeout(ANSWER_S), self._client() as client:
                given = await client.fetch_token(about["token_endpoint"], grant_type=kind, **form)
        except OAuthError as error:
            code = error.error if error.error in NO_MORE else "refused"
            raise NotGiven(code.replace("_", "-")) from error
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, TimeoutError, ValueError) as error:
            raise ProviderAway from error
        return dict(given)

    async def _id_claims(self, token: str) -> dict[str, Any]:
        return await self._checked(token, ID_KIND)

    async def _checked(self, token: str, kind: str) -> dict[str, Any]:
        """Check signature, kind, issuer, audience and times of a statement for this desk."""
        try:
            header = header_of(token)
            kid = header.get("kid")
            key = await self._keys.key(kid) if isinstance(kid, str) else None
            if key is None:
                raise NotGiven("wrong-key")
            claims = claims_of(token, key, algorithm=ES256, kind=kind)
            JWTClaimsRegistry(
                now=lambda: int(self._now().timestamp()),
                leeway=LEEWAY_S,
                iss={"essential": True, "value": self._settings.issuer},
                aud={"essential": True, "value": self._settings.client},
                iat={"essential": True},
                exp={"essential": True},
            ).validate(claims)
        except KeysAway as error:
            raise ProviderAway from error
        except (NotSigned, JoseError, ValueError, TypeError) as error:
            raise NotGiven("not-believed") from error
        if claims.get("azp", self._settings.client) != self._settings.client:
            raise NotGiven("not-believed")
        return claims

    async def _document(self) -> dict[str, Any]:
        """Give the discovery document, at most five minutes old. Raises `ProviderAway`."""
        async with self._one:
            now = time.monotonic()
            if now - self._fetched < KEPT_S:
                return self._about
            if now < self._again:
                raise ProviderAway
            where = f"{self._settings.issuer}/.well-known/openid-configuration"
            try:
                async with asyncio.timeout(ANSWER_S), httpx2.AsyncClient(timeout=ANSWER_S) as http:
                    reply = await http.get(where)
                    reply.raise_for_status()
                    self._about = _endpoints(reply.json(), self._settings.issuer)
            except (httpx2.HTTPError, OSError, TimeoutError, ValueError, KeyError) as error:
                self._again = now + PAUSE_S
                raise ProviderAway from error
            self._fetched = now
            return self._about

    def _client(self) -> Any:  # noqa: ANN401 - untyped there
        try:
            key = read_key(self._settings.key.read_bytes(), ES256)
        except (OSError, ValueError) as error:
            raise ProviderAway from error  # a local provider makes it when it first starts
        return AsyncOAuth2Client(
            self._settings.client,
            key,
            token_endpoint_auth_method=PrivateKeyJWT(
                alg=ES256, claims={"exp": int(time.time()) + ASSERTION_S}
            ),
            code_challenge_method="S256",
            timeout=ANSWER_S,
        )


def _endpoints(document: object, issuer: str) -> dict[str, Any]:
    if not isinstance(document, dict) or str(document.get("issuer", "")).rstrip("/") != issuer:
        raise ValueError("the discovery document names another issuer")
    for name in ("authorization_endpoint", "token_endpoint"):
        if urlsplit(str(document[name])).scheme not in {"http", "https"}:
            raise ValueError("no address")
    return document


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name, "")
    return value[:TEXT_MAX] if isinstance(value, str) else ""
