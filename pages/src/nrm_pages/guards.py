"""What stands before every page: headers that bind the browser, and no posts from elsewhere."""

import secrets
from collections.abc import Callable
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nrm_runtime.web.problems import Problem

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
NONCE_BYTES: Final = 16
POLICY: Final = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self'; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; manifest-src 'self'"
)


class Bound:
    """ASGI middleware: a nonce for each request at `request.state.nonce`, and the headers."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(NONCE_BYTES)
        scope.setdefault("state", {})["nonce"] = nonce

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", POLICY.format(nonce=nonce))
                headers.setdefault("Referrer-Policy", "no-referrer")
                headers.setdefault("Cache-Control", "no-store")
                headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
                headers.setdefault("X-Content-Type-Options", "nosniff")
            await send(message)

        await self._app(scope, receive, sending)


class SameOrigin:
    """ASGI middleware: refuses an unsafe request that a page of another origin sent.

    `origin` is the desk's own; `free` are paths for machines, which say nothing of an origin.
    """

    def __init__(self, app: ASGIApp, origin: str, free: frozenset[str] = frozenset()) -> None:
        """Wrap `app`."""
        self._app = app
        self._origin = origin
        self._free = free

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        unsafe = scope["type"] == "http" and scope["method"] not in SAFE
        if unsafe and scope["path"] not in self._free and not self._own(Headers(scope=scope)):
            await PlainTextResponse("Forbidden", 403)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _own(self, headers: Headers) -> bool:
        site = headers.get("sec-fetch-site")
        return site == "same-origin" if site else headers.get("origin") == self._origin


class Faults:
    """ASGI middleware: answers a fault with a page, and lets the fault go on to be logged."""

    def __init__(self, app: ASGIApp, answer: Callable[[Request, Exception], Response]) -> None:
        """Wrap `app`; `answer` makes the page, from nothing of the fault's text."""
        self._app = app
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Problem:
            raise
        except Exception as error:
            if scope["type"] == "http" and not started:
                await self._answer(Request(scope), error)(scope, receive, sending)
            raise
