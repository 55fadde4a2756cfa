"""What the provider does: check a client's signed assertion once, and give a short-lived token.

A token's life, the leeway of those who check it and the time between two looks at access are
five minutes together: so long at most may somebody act who was suspended.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from joserfc.jwk import Key

from infra.idp.registry import Client
from nrm_runtime.access.client import ASSERTION, ASSERTION_KIND
from nrm_runtime.access.signed import (
    ES256,
    NotSigned,
    claims_of,
    header_of,
    new_key,
    opened,
    public_set,
    sign,
)
from nrm_runtime.access.tokens import KIND

TOKEN_S = 240
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
        self._clients = dict(clients)
        self._keys: dict[str, Sequence[Key]] = {name: (key,) for name, key in keys.items()}
        self._now = now
        self._key = new_key(ES256)
        self._seen: dict[tuple[str, str], float] = {}

    def learn(self, clients: Mapping[str, Client], keys: Mapping[str, Sequence[Key]]) -> None:
        """Go by these organisations from now on; offices and desks stay as they were."""
        offices = {name: client for name, client in self._clients.items() if client.itself}
        stay = (self._keys.keys() - self._clients.keys()) | offices.keys()
        self._keys = {**keys, **{name: self._keys[name] for name in stay if name in self._keys}}
        self._clients = {**clients, **offices}

    def own_token(self, office: str) -> str:
        """Give the provider's own token as one of its offices, to ask access with."""
        client = self._clients[office]
        return self.access_token(client, client.organisation, client.scopes)

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
        name, claims = self.authenticate(form)
        client = self._clients.get(name)
        if client is None:
            raise Denied("unauthorized_client")
        scopes = frozenset(form.get("scope", "").split()) or client.scopes
        if not scopes <= client.scopes:
            raise Denied("invalid_scope")
        worker = _worker(client, claims)
        return {
            "access_token": self.access_token(client, worker, scopes),
            "token_type": "Bearer",
            "expires_in": TOKEN_S,
            "scope": " ".join(sorted(scopes)),
        }

    def authenticate(self, form: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
        """Give the client's name by the assertion's `sub`, and the claims that its key signed.

        Raises `Denied`: `invalid_request` where there is no assertion, `invalid_client`.
        """
        if form.get("client_assertion_type") != ASSERTION or not form.get("client_assertion"):
            raise Denied("invalid_request")
        assertion = form["client_assertion"]
        refused = Denied("invalid_client", 401)
        try:
            if header_of(assertion).get("typ", "JWT") not in {"JWT", ASSERTION_KIND}:
                raise refused
            said = json.loads(self._opened(assertion))
        except (NotSigned, ValueError) as error:
            raise refused from error
        name = str(said["sub"])
        if said.get("iss") != name or form.get("client_id", name) != name:
            raise refused
        if said.get("aud") not in (self.token_endpoint, [self.token_endpoint]):
            raise refused
        self._once(name, said, refused)
        return name, said

    def _opened(self, assertion: str) -> bytes:
        """Open an assertion with one of its client's keys: several are good while they rotate."""
        for key in self._keys_of(assertion):
            try:
                return opened(assertion, key, algorithm=ES256)
            except NotSigned:
                continue
        raise NotSigned

    def _keys_of(self, assertion: str) -> Sequence[Key]:
        # The payload is read before it is believed, only to learn whose key must have signed it.
        from joserfc import jws  # noqa: PLC0415 - the one unchecked reading stands here alone

        said = json.loads(jws.extract_compact(assertion.encode("ascii")).payload)
        name = said.get("sub") if isinstance(said, dict) else None
        return self._keys.get(name, ()) if isinstance(name, str) else ()

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

    def client(self, name: str) -> Client | None:
        """Give an organisation or office as it is registered now."""
        return self._clients.get(name)

    def now(self) -> float:
        """Give the time, in seconds (UTC)."""
        return self._now()

    def sign(self, claims: Mapping[str, Any], kind: str) -> str:
        """Sign a statement of this issuer."""
        return sign({"iss": self.issuer, **claims}, self._key, algorithm=ES256, kind=kind)

    def opened(self, token: str, kind: str) -> dict[str, Any]:
        """Give the claims of a statement that this issuer signed; raises `NotSigned`."""
        return claims_of(token, self._key, algorithm=ES256, kind=kind)

    def access_token(
        self, client: Client, worker: UUID, scopes: frozenset[str], subject: str | None = None
    ) -> str:
        """Sign a token for a worker of a client, with the duties that hold now.

        `subject` is who is behind it where that is not the client itself: a person signed in.
        """
        now = int(self._now())
        claims = {
            "aud": self._audience,
            "sub": subject or client.name,
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
        return self.sign(claims, KIND)


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
