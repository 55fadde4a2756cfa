"""What the provider does: check a client's signed assertion once, and give a five-minute token."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID, uuid4

from joserfc.jwk import Key

from infra.idp.registry import Client
from nrm_runtime.access.client import ASSERTION, ASSERTION_KIND
from nrm_runtime.access.signed import ES256, NotSigned, header_of, new_key, opened, public_set, sign
from nrm_runtime.access.tokens import KIND

TOKEN_S = 300
ASSERTION_MAX_S = 300
SKEW_S = 5
REMEMBERED_MAX = 100_000  # assertions seen; more at once than this are refused


class Denied(Exception):
    """No token; `error` is OAuth2's code (RFC 6749, 5.2)."""

    def __init__(self, error: str, status: int = 400) -> None:
        """Keep code and status."""
        super().__init__(error)
        self.error = error
        self.status = status


class Provider:
    """One issuer with a signing key of this start; it remembers every assertion it took."""

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        clients: Mapping[str, Client],
        keys: Mapping[str, Key],
        now: Callable[[], float] = time.time,
    ) -> None:
        """Make a new signing key. `now` is the real clock, in seconds (UTC)."""
        self.issuer = issuer.rstrip("/")
        self._audience = audience
        self._clients = clients
        self._keys = keys
        self._now = now
        self._key = new_key(ES256)
        self._seen: dict[tuple[str, str], float] = {}

    @property
    def token_endpoint(self) -> str:
        """Where tokens are asked for; the audience of assertions."""
        return f"{self.issuer}/token"

    def discovery(self) -> dict[str, Any]:
        """Give the discovery document."""
        return {
            "issuer": self.issuer,
            "jwks_uri": f"{self.issuer}/jwks",
            "token_endpoint": self.token_endpoint,
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": [],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": [ES256],
            "scopes_supported": sorted({s for c in self._clients.values() for s in c.scopes}),
        }

    def jwks(self) -> dict[str, Any]:
        """Give the public half of the signing key."""
        return public_set(self._key)

    def token(self, form: Mapping[str, str]) -> dict[str, Any]:
        """Answer a token request.

        Raises `Denied`: `unsupported_grant_type`, `invalid_request`, `invalid_client` (401),
        `invalid_scope`, or `unauthorized_client` for a worker whom nobody registered.
        """
        if form.get("grant_type") != "client_credentials":
            raise Denied("unsupported_grant_type")
        if form.get("client_assertion_type") != ASSERTION or not form.get("client_assertion"):
            raise Denied("invalid_request")
        client, claims = self._asked(form["client_assertion"])
        if form.get("client_id", client.name) != client.name:
            raise Denied("invalid_client", 401)
        scopes = frozenset(form.get("scope", "").split()) or client.scopes
        if not scopes <= client.scopes:
            raise Denied("invalid_scope")
        worker = _worker(client, claims)
        return {
            "access_token": self._sign(client, worker, scopes),
            "token_type": "Bearer",
            "expires_in": TOKEN_S,
            "scope": " ".join(sorted(scopes)),
        }

    def _asked(self, assertion: str) -> tuple[Client, dict[str, Any]]:
        """Find the client by the assertion's `sub`, and check the assertion with its key."""
        refused = Denied("invalid_client", 401)
        try:
            if header_of(assertion).get("typ", "JWT") not in {"JWT", ASSERTION_KIND}:
                raise refused
            said = json.loads(opened(assertion, self._key_of(assertion), algorithm=ES256))
        except (NotSigned, ValueError) as error:
            raise refused from error
        client = self._clients[said["sub"]]
        if said.get("iss") != said["sub"]:
            raise refused
        if said.get("aud") not in (self.token_endpoint, [self.token_endpoint]):
            raise refused
        self._once(client.name, said, refused)
        return client, said

    def _key_of(self, assertion: str) -> Key:
        # The payload is read before it is believed, only to learn whose key must have signed it.
        from joserfc import jws  # noqa: PLC0415 - the one unchecked reading stands here alone

        said = json.loads(jws.extract_compact(assertion.encode("ascii")).payload)
        name = said.get("sub") if isinstance(said, dict) else None
        key = self._keys.get(name) if isinstance(name, str) else None
        if key is None:
            raise NotSigned
        return key

    def _once(self, name: str, said: Mapping[str, Any], refused: Denied) -> None:
        """Take each assertion once, while it is fresh."""
        now = self._now()
        ends, jti = said.get("exp"), said.get("jti")
        if type(ends) is not int or not isinstance(jti, str) or not jti:
            raise refused
        if not now < ends <= now + ASSERTION_MAX_S + SKEW_S:
            raise refused
        if len(self._seen) >= REMEMBERED_MAX:
            self._seen = {one: until for one, until in self._seen.items() if until > now}
        if (name, jti) in self._seen or len(self._seen) >= REMEMBERED_MAX:
            raise refused
        self._seen[name, jti] = ends

    def _sign(self, client: Client, worker: UUID, scopes: frozenset[str]) -> str:
        now = int(self._now())
        claims = {
            "iss": self.issuer,
            "aud": self._audience,
            "sub": client.name,
            "client_id": client.name,
            "iat": now,
            "exp": now + TOKEN_S,
            "jti": str(uuid4()),
            "scope": " ".join(sorted(scopes)),
            "org": str(client.organisation),
            "org_type": client.kind,
            "country": client.country,
            "worker": str(worker),
            "duties": sorted(client.workers[worker]),
        }
        return sign(claims, self._key, algorithm=ES256, kind=KIND)


def _worker(client: Client, claims: Mapping[str, Any]) -> UUID:
    """Give the worker whom the assertion names; it must be one whom the client registered."""
    named = claims.get("worker")
    if named is None and client.itself:
        return client.organisation
    try:
        worker = UUID(named)
    except (ValueError, TypeError, AttributeError) as error:
        raise Denied("unauthorized_client") from error
    if worker not in client.workers:
        raise Denied("unauthorized_client")
    return worker
