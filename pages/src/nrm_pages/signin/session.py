"""Who sits at the desk during a request: found by the cookie, with a token that is fresh."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, Final
from weakref import WeakValueDictionary

import structlog
from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from nrm_pages.settings import DeskSettings
from nrm_pages.signin import show
from nrm_pages.signin.provider import NotGiven, Provider, ProviderAway, Told
from nrm_pages.signin.sessions import Row, Sessions, named
from nrm_runtime.access import KeysAway, Principal, Tokens, Unauthorised
from nrm_runtime.store.engine import is_away, is_busy
from nrm_runtime.store.errors import VaultAway

EARLY: Final = timedelta(seconds=60)  # a token is replaced this long before it ends
REFRESHES_MAX: Final = 3  # at a time: each holds a connection while the provider answers
SECRET_MAX: Final = 200
STATIC: Final = "/desk/static/"

_log: Any = structlog.get_logger("nrm.desk")


def real_time() -> datetime:
    """Give the time (UTC)."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in worker: `token` is an access token that lasts a while yet.

    `id` names the session and opens nothing; `name` is for the eyes of its owner only and may be
    empty; `ends_at` is when the worker must sign in again at the latest, `fresh_until` how long the
    token may be used before it is asked for again.
    """

    id: str
    token: str = field(repr=False)
    principal: Principal
    name: str = field(repr=False)
    acr: str
    begun_at: datetime
    ends_at: datetime
    fresh_until: datetime


@asynccontextmanager
async def _reached() -> AsyncIterator[None]:
    """Say `ProviderAway` for everything that only means that something is away now."""
    try:
        yield
    except (KeysAway, VaultAway) as error:
        raise ProviderAway from error
    except Exception as error:
        if is_away(error) or is_busy(error):
            raise ProviderAway from error
        raise


class SignIn:
    """Everything that signing in at one desk needs; stands at `app.state.signin`."""

    def __init__(
        self,
        settings: DeskSettings,
        sessions: Sessions,
        tokens: Tokens,
        now: Callable[[], datetime],
    ) -> None:
        """Bind rows, provider and tokens. `now` is the real clock (UTC)."""
        self.settings = settings
        self.sessions = sessions
        self.tokens = tokens
        self.now = now
        self.provider = Provider(settings, now)
        self._refreshing: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()
        self._few = asyncio.Semaphore(REFRESHES_MAX)

    async def load(self, secret: str, *, active: bool = True) -> Session | None:
        """Give the session that a cookie opens, its token replaced where it is about to end.

        `active` says that a person did something, and not a page by itself: it puts off the idle
        time-out. Raises `ProviderAway` where that cannot be known now.
        """
        async with _reached():
            row = await self.sessions.find(named(secret), self.now())
            if row is None:
                return None
            if active:
                await self.sessions.seen(row, self.now())
            return await self._session(row)

    async def renew(self, session: Session) -> Session | None:
        """Give a session again, with a fresh token; None where it has ended."""
        async with _reached():
            row = await self.sessions.find(bytes.fromhex(session.id), self.now())
            return None if row is None else await self._session(row)

    async def end(self, secret: str) -> Told | None:
        """End the session of a cookie here; give what it held, where there was one."""
        async with _reached():
            return await self.sessions.end(named(secret))

    async def _session(self, row: Row) -> Session | None:
        fresh: Row | None = row
        if row.told.ends - self.now() < EARLY:
            fresh = await self._refreshed(row)
        if fresh is None:
            return None
        try:
            principal = await self.tokens.principal(fresh.told.access)
        except Unauthorised:  # the provider changed its keys, or tokens end sooner than it said
            fresh = await self._refreshed(fresh)
            if fresh is None:
                return None
            try:
                principal = await self.tokens.principal(fresh.told.access)
            except Unauthorised:
                await self.sessions.end(row.id)
                _log.warning("desk.session_ended", reason="token-not-believed")
                return None
        if (principal.worker, principal.organisation) != (row.worker, row.organisation):
            await self.sessions.end(row.id)
            _log.warning("desk.session_ended", reason="another-worker")
            return None
        return Session(
            id=row.id.hex(),
            token=fresh.told.access,
            principal=principal,
            name=fresh.told.name,
            acr=fresh.told.acr,
            begun_at=row.begun_at,
            ends_at=row.ends_at,
            fresh_until=fresh.told.ends - EARLY / 2,
        )

    async def _refreshed(self, seen: Row) -> Row | None:
        """Replace a session's tokens once, however many ask; a lock on the row says who."""
        lock = self._refreshing.setdefault(seen.id, asyncio.Lock())
        async with lock, self._few, self.sessions.engine.begin() as tx:
            held = await self.sessions.hold(tx, seen.id, self.now())
            if held is None or held.told.access != seen.told.access:
                return held
            try:
                told = await self.provider.refresh(held.told)
            except ProviderAway:
                if held.told.ends > self.now():
                    return held
                raise
            except NotGiven as refused:
                _log.info("desk.session_ended", reason=refused.code)
                await tx.exec_driver_sql("DELETE FROM desk_session WHERE id = $1", (held.id,))
                return None
            await self.sessions.reseal(tx, held.id, told)
        return await self.sessions.find(seen.id, self.now())


class Sitting:
    """ASGI middleware: `request.state.session` is the session of each request, or None.

    Where it cannot be known because something is away, `request.state.away` is true.
    """

    def __init__(self, app: ASGIApp, signin: SignIn) -> None:
        """Wrap `app`."""
        self._app = app
        self._signin = signin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http":
            state = scope.setdefault("state", {})
            state["session"], state["away"] = None, False
            headers = Headers(scope=scope)
            secret = secret_of(headers, self._signin.settings)
            if secret and not scope["path"].startswith(STATIC):
                # A list that refreshes itself is no sign of life.
                active = headers.get("sec-fetch-mode", "navigate") == "navigate"
                try:
                    state["session"] = await self._signin.load(secret, active=active)
                except ProviderAway:
                    state["away"] = True
        await self._app(scope, receive, send)


def secret_of(headers: Headers, settings: DeskSettings) -> str:
    """Give what the browser's cookie holds, empty where that cannot be a session."""
    found = cookie_parser(headers.get("cookie", "")).get(settings.cookie, "")
    return found if found.isascii() and len(found) <= SECRET_MAX else ""


async def current(request: Request) -> Session | None:
    """Give who is signed in, with a fresh token even late in a long request; None for nobody.

    Raises `ProviderAway` where that cannot be known now; the desk answers it.
    """
    if request.state.away:
        raise ProviderAway
    session: Session | None = request.state.session
    if session is not None:
        signin: SignIn = request.app.state.signin
        if signin.now() > session.fresh_until:
            session = request.state.session = await signin.renew(session)
    return session


def signed_in(
    handler: Callable[[Request, Session], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    """Let only people pass who are signed in, and give the handler their session.

    Others are sent to sign in and back to the same page; what they had typed is not lost.
    """

    @wraps(handler)
    async def guarded(request: Request) -> Response:
        session = await current(request)
        if session is None:
            return await show.sign_in_first(request)
        return await handler(request, session)

    return guarded


__all__ = ["Session", "SignIn", "Sitting", "current", "real_time", "secret_of", "signed_in"]
