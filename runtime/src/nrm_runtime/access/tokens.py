"""Access tokens (RFC 9068): checked in full once, then remembered until they end."""

import hashlib
import time
from collections.abc import Callable
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry

from nrm_runtime.access.keys import RemoteKeys
from nrm_runtime.access.principal import Principal, principal_of
from nrm_runtime.access.signed import ES256, TOKEN_MAX, NotSigned, claims_of, header_of

KIND: Final = "at+jwt"  # else a sign-in token would pass
LEEWAY_S: Final = 30
REMEMBERED_MAX: Final = 4096


class Unauthorised(Exception):
    """The token is missing, or is not one that this service may believe."""


class Tokens:
    """Tells who asks by the access tokens of one issuer, for one audience, by one algorithm."""

    def __init__(
        self,
        keys: RemoteKeys,
        *,
        issuer: str,
        audience: str,
        algorithm: str = ES256,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Bind issuer, audience and algorithm. `now` is the real clock, in seconds (UTC)."""
        self._keys = keys
        self._algorithm = algorithm
        self._now = now
        self._claims = JWTClaimsRegistry(
            now=lambda: int(now()),
            leeway=LEEWAY_S,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )
        self._remembered: dict[bytes, tuple[float, Principal]] = {}

    async def principal(self, token: str) -> Principal:
        """Give the principal of a token.

        Raises `Unauthorised`; `KeysAway` when the issuer's keys cannot be had.
        """
        if len(token) > TOKEN_MAX or not token.isascii():
            raise Unauthorised
        digest = hashlib.sha256(token.encode()).digest()
        known = self._remembered.get(digest)
        if known is not None and self._now() < known[0]:
            return known[1]
        claims = await self._checked(token)
        try:
            principal = principal_of(claims)
        except ValueError as error:
            raise Unauthorised from error
        while len(self._remembered) >= REMEMBERED_MAX:
            self._remembered.pop(next(iter(self._remembered)))
        self._remembered[digest] = (float(claims["exp"]), principal)
        return principal

    async def _checked(self, token: str) -> dict[str, Any]:
        try:
            header = header_of(token)
            kid = header.get("kid")
            if header.get("alg") != self._algorithm or not isinstance(kid, str):
                raise Unauthorised
            key = await self._keys.key(kid)
            if key is None:
                raise Unauthorised
            claims = claims_of(token, key, algorithm=self._algorithm, kind=KIND)
            self._claims.validate(claims)
        except (NotSigned, JoseError, ValueError, TypeError) as error:
            raise Unauthorised from error
        return claims
