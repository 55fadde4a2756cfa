"""The outermost layer of ours: headers on every reply, a limit on bodies, no fault told outside."""

import traceback
from pathlib import Path
from typing import Any, Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nrm_runtime.web.problems import Problem

BODY_MAX: Final = 512 * 1024  # bytes
WHERE_MAX: Final = 100  # as the log's allow-list takes it

# For machines: a reply may load nothing, be framed by nobody and be kept nowhere. Pages bring their
# own policy, which stands.
POLICY: Final = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
HEADERS: Final = (
    (b"content-security-policy", POLICY.encode()),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=63072000; includeSubDomains"),
    (b"x-content-type-options", b"nosniff"),
)
UNKEPT: Final = (b"cache-control", b"no-store")

_log: Any = structlog.get_logger("nrm.web")


class Shield:
    """ASGI middleware around everything a service answers."""

    def __init__(self, app: ASGIApp, body_max: int = BODY_MAX) -> None:
        """Wrap `app`; bodies over `body_max` bytes are refused with 413."""
        self._app = app
        self._body_max = body_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = list(message.get("headers", ()))
                own = {name.lower() for name, _ in headers}
                headers.extend(one for one in HEADERS if one[0] not in own)
                if not any(name.lower() == UNKEPT[0] for name, _ in headers):
                    headers.append(UNKEPT)
                message = {**message, "headers": headers}
            await send(message)

        try:
            limited = _limited(scope, receive, self._body_max)
            await self._app(scope, limited, sending)
        except Problem as problem:
            await problem.reply()(scope, receive, sending)
        except Exception as error:  # noqa: BLE001 - the last stop: the server would print its text
            _log.error("web.failed", error=type(error).__name__, where=where(error))
            if not started:
                await Problem(500, "fault").reply()(scope, receive, sending)


def where(error: BaseException) -> str:
    """Say in which lines of code an error arose, innermost first, and nothing of its text."""
    frames = reversed(traceback.extract_tb(error.__traceback__))
    return "-".join(f"{Path(one.filename).stem}:{one.lineno}" for one in frames)[:WHERE_MAX]


def _limited(scope: Scope, receive: Receive, body_max: int) -> Receive:
    """Refuse a body by its announced length, or count it where none is announced."""
    announced = next((value for name, value in scope["headers"] if name == b"content-length"), None)
    if announced is not None:
        if not announced.isdigit() or int(announced) > body_max:
            raise _too_large()
        return receive
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > body_max:
            raise _too_large()
        return message

    return counted


def _too_large() -> Problem:
    return Problem(413, "too-large", "The body is longer than this service reads.")
