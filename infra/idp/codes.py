"""Signing in at the development provider: sessions, codes used once, refresh tokens that rotate."""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from urllib.parse import urlencode
from uuid import uuid4

from infra.idp.desks import Desk
from infra.idp.personas import Persona
from infra.idp.provider import TOKEN_S, Denied, Provider
from nrm_runtime.access.signed import NotSigned

ONE: Final = "urn:nrm:acr:1"
TWO: Final = "urn:nrm:acr:2"
FACTORS: Final = {ONE: ["pwd"], TWO: ["pwd", "otp", "mfa"]}
CODE_S: Final = 60
ASKED_S: Final = 600
SESSION_S: Final = 12 * 3600
KEPT_MAX: Final = 10_000
LOGOUT_S: Final = 120
LOGGED_OUT: Final = "http://schemas.openid.net/event/backchannel-logout"
ID_KIND: Final = "JWT"
LOGOUT_KIND: Final = "logout+jwt"

_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_TEXT_MAX: Final = 512

Kept = TypeVar("Kept")


class Misdirected(Exception):
    """A request that may not be answered by sending the browser anywhere: client or address."""


class Refused(Exception):
    """An authorization request that is answered by an error at the client's own address."""

    def __init__(self, asked: "Asked", error: str) -> None:
        """Keep the request and OAuth2's code."""
        super().__init__(error)
        self.asked = asked
        self.error = error


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An authorization request that was found in order."""

    desk: Desk
    state: str
    nonce: str
    challenge: str
    factors: frozenset[str]
    prompt: str
    ends: float

    def needs_two(self) -> bool:
        """Whether the client asked for a second factor."""
        return TWO in self.factors


@dataclass(slots=True, kw_only=True)
class Login:
    """One person signed in at the provider, in one browser."""

    sid: str
    persona: Persona
    acr: str
    since: float
    ends: float
    desks: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """What a code stands for until it is used."""

    asked: Asked
    login: Login
    ends: float


@dataclass(slots=True, kw_only=True)
class Grant:
    """What a used code gave: its refresh tokens follow one another, and end together."""

    desk: str
    login: Login
    ended: bool = False


class SignIns:
    """Everything about signing in that the provider remembers; a new start forgets it."""

    def __init__(
        self, provider: Provider, personas: Sequence[Persona], desks: Mapping[str, Desk]
    ) -> None:
        """Offer `personas` to the clients `desks`."""
        self.provider = provider
        self.personas = {str(one.worker): one for one in personas}
        self.desks = desks
        self._asked: dict[str, Asked] = {}
        self._logins: dict[str, Login] = {}
        self._cookies: dict[str, str] = {}
        self._codes: dict[str, Code] = {}
        self._used: dict[str, Grant] = {}
        self._refresh: dict[str, tuple[Grant, bool]] = {}

    def discovery(self, public: str) -> dict[str, Any]:
        """Give what the discovery document says of signing in; browsers come to `public`."""
        return {
            "authorization_endpoint": f"{public}/authorize",
            "end_session_endpoint": f"{self.provider.issuer}/end-session",
            "grant_types_supported": [
                "authorization_code",
                "client_credentials",
                "refresh_token",
            ],
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "acr_values_supported": [ONE, TWO],
            "backchannel_logout_supported": True,
            "backchannel_logout_session_supported": True,
            "authorization_response_iss_parameter_supported": True,
        }

    def ask(self, query: Mapping[str, str]) -> Asked:
        """Read an authorization request. Raises `Misdirected`, `Refused`."""
        desk = self.desks.get(query.get("client_id", ""))
        if desk is None or query.get("redirect_uri") != desk.redirect:
            raise Misdirected
        asked = Asked(
            desk=desk,
            state=query.get("state", ""),
            nonce=query.get("nonce", ""),
            challenge=query.get("code_challenge", ""),
            factors=frozenset(query.get("acr_values", "").split()),
            prompt=query.get("prompt", ""),
            ends=self.provider.now() + ASKED_S,
        )
        if len(asked.state) > _TEXT_MAX or len(asked.nonce) > _TEXT_MAX:
            raise Misdirected
        if query.get("response_type") != "code":
            raise Refused(asked, "unsupported_response_type")
        if "openid" not in query.get("scope", "").split():
            raise Refused(asked, "invalid_scope")
        safe = query.get("code_challenge_method") == "S256" and _CHALLENGE.fullmatch(
            asked.challenge
        )
        if not safe or not asked.state or not asked.nonce:
            raise Refused(asked, "invalid_request")
        return asked

    def keep(self, asked: Asked) -> str:
        """Remember a request while its person chooses; give the ticket that names it."""
        ticket = secrets.token_urlsafe(24)
        self._put(self._asked, ticket, asked)
        return ticket

    def kept(self, ticket: str) -> Asked | None:
        """Give the request that a ticket names, while it lasts."""
        return self._fresh(self._asked.get(ticket))

    def login_of(self, cookie: str) -> Login | None:
        """Give who is signed in in the browser that holds this cookie."""
        return self._fresh(self._logins.get(self._cookies.get(_hash(cookie), "")))

    def begin(self, persona: Persona, acr: str) -> tuple[Login, str]:
        """Sign a persona in; give the login and the browser's new cookie."""
        now = self.provider.now()
        login = Login(
            sid=secrets.token_urlsafe(16), persona=persona, acr=acr, since=now, ends=now + SESSION_S
        )
        cookie = secrets.token_urlsafe(32)
        self._put(self._logins, login.sid, login)
        self._cookies[_hash(cookie)] = login.sid
        return login, cookie

    def answer(self, asked: Asked, login: Login) -> str:
        """Give the address that brings the browser back to the client with a code."""
        code = secrets.token_urlsafe(32)
        ends = self.provider.now() + CODE_S
        self._put(self._codes, _hash(code), Code(asked=asked, login=login, ends=ends))
        return self.back(asked, code=code)

    def back(self, asked: Asked, **more: str) -> str:
        """Give the client's address with an answer."""
        query = {**more, "state": asked.state, "iss": self.provider.issuer}
        return f"{asked.desk.redirect}?{urlencode(query)}"

    def token(self, form: Mapping[str, str]) -> dict[str, Any]:
        """Answer a token request of any kind. Raises `Denied`."""
        kind = form.get("grant_type")
        if kind not in {"authorization_code", "refresh_token"}:
            return self.provider.token(form)
        name, _ = self.provider.authenticate(form)
        if name not in self.desks:
            raise Denied("unauthorized_client")
        if kind == "refresh_token":
            return self._refreshed(name, form)
        return self._first(name, form)

    def end(self, login: Login) -> list[tuple[Desk, str]]:
        """End a login; give the statements that tell its desks so."""
        self._logins.pop(login.sid, None)
        login.ends = 0.0
        told = []
        for name in sorted(login.desks):
            now = int(self.provider.now())
            claims = {
                "aud": name,
                "sub": str(login.persona.worker),
                "sid": login.sid,
                "iat": now,
                "exp": now + LOGOUT_S,
                "jti": str(uuid4()),
                "events": {LOGGED_OUT: {}},
            }
            told.append((self.desks[name], self.provider.sign(claims, LOGOUT_KIND)))
        return told

    def hinted(self, hint: str) -> Login | None:
        """Give the login that an id token of ours, even an old one, speaks of."""
        try:
            claims = self.provider.opened(hint, ID_KIND)
        except NotSigned:
            return None
        return self._fresh(self._logins.get(str(claims.get("sid"))))

    def _first(self, name: str, form: Mapping[str, str]) -> dict[str, Any]:
        digest = _hash(form.get("code", ""))
        used = self._used.get(digest)
        if used is not None:  # a code that comes twice was stolen once
            used.ended = True
        code = self._fresh(self._codes.pop(digest, None))
        if code is None or code.asked.desk.name != name:
            raise Denied("invalid_grant")
        if form.get("redirect_uri") != code.asked.desk.redirect:
            raise Denied("invalid_grant")
        verifier = form.get("code_verifier", "")
        proof = _challenge(verifier) if _VERIFIER.fullmatch(verifier) else ""
        if not hmac.compare_digest(proof, code.asked.challenge):
            raise Denied("invalid_grant")
        grant = Grant(desk=name, login=code.login)
        self._put(self._used, digest, grant)
        code.login.desks.add(name)
        return self._tokens(grant, nonce=code.asked.nonce)

    def _refreshed(self, name: str, form: Mapping[str, str]) -> dict[str, Any]:
        digest = _hash(form.get("refresh_token", ""))
        grant, spent = self._refresh.get(digest, (None, False))
        if grant is None or grant.desk != name:
            raise Denied("invalid_grant")
        if spent:
            grant.ended = True
        if grant.ended or self._fresh(grant.login) is None:
            raise Denied("invalid_grant")
        given = self._tokens(grant, nonce=None)
        self._refresh[digest] = (grant, True)
        return given

    def _tokens(self, grant: Grant, nonce: str | None) -> dict[str, Any]:
        persona = grant.login.persona
        client = self.provider.client(persona.client)
        if client is None or persona.worker not in client.workers:
            grant.ended = True
            raise Denied("invalid_grant")
        refresh = secrets.token_urlsafe(32)
        self._put(self._refresh, _hash(refresh), (grant, False))
        scopes = client.scopes
        return {
            "access_token": self.provider.access_token(
                client, persona.worker, scopes, str(persona.worker)
            ),
            "token_type": "Bearer",
            "expires_in": TOKEN_S,
            "scope": " ".join(sorted({"openid", *scopes})),
            "refresh_token": refresh,
            "id_token": self._id_token(grant, nonce),
        }

    def _id_token(self, grant: Grant, nonce: str | None) -> str:
        login, now = grant.login, int(self.provider.now())
        claims: dict[str, Any] = {
            "aud": grant.desk,
            "sub": str(login.persona.worker),
            "iat": now,
            "exp": now + TOKEN_S,
            "auth_time": int(login.since),
            "sid": login.sid,
            "acr": login.acr,
            "amr": FACTORS[login.acr],
            "name": login.persona.name,
        }
        if nonce is not None:
            claims["nonce"] = nonce
        return self.provider.sign(claims, ID_KIND)

    def _fresh(self, one: Kept | None) -> Kept | None:
        ends: float = getattr(one, "ends", 0.0)
        return one if ends > self.provider.now() else None

    @staticmethod
    def _put(kept: dict[str, Kept], key: str, value: Kept) -> None:
        while len(kept) >= KEPT_MAX:
            kept.pop(next(iter(kept)))
        kept[key] = value


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
