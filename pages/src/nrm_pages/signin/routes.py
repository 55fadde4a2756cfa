"""The doors of signing in and out."""

import secrets
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs, urlencode

import structlog
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from nrm_pages.signin import show
from nrm_pages.signin.provider import NotGiven, ProviderAway, Told
from nrm_pages.signin.session import SignIn, current, secret_of
from nrm_pages.signin.sessions import named
from nrm_runtime.access import Principal, Unauthorised

SECRET_BYTES: Final = 32
VERIFIER_BYTES: Final = 48
ATTEMPT_S: Final = 600
TEXT_MAX: Final = 512
STATEMENT_MAX: Final = 8192  # bytes
BACK_CHANNEL: Final = "/desk/back-channel-logout"

_log: Any = structlog.get_logger("nrm.desk")


async def sign_in(request: Request) -> Response:
    """Begin: remember state, nonce and verifier of this attempt, and go to the provider."""
    signin = _signin(request)
    to = show.safe_path(request.query_params.get("to", show.HOME))
    other = request.query_params.get("as") == "somebody-else"
    if not other and await current(request) is not None:
        return RedirectResponse(to, show.SEE_OTHER)
    state, nonce = secrets.token_urlsafe(SECRET_BYTES), secrets.token_urlsafe(SECRET_BYTES)
    verifier = secrets.token_urlsafe(VERIFIER_BYTES)
    prompt = "select_account" if other else ""
    where = await signin.provider.address(
        state=state, nonce=nonce, verifier=verifier, prompt=prompt
    )
    browser = request.cookies.get(_browser(signin)) or secrets.token_urlsafe(SECRET_BYTES)
    kept = {"nonce": nonce, "verifier": verifier, "to": to, "browser": named(browser).hex()}
    await signin.sessions.attempt(state, kept, signin.now())
    answer = RedirectResponse(where, show.SEE_OTHER)
    _set(answer, signin, _browser(signin), browser, ATTEMPT_S)
    return answer


async def signed_in_back(request: Request) -> Response:
    """Finish: take the attempt once, turn the code into tokens, begin a session of a new id."""
    signin, query = _signin(request), request.query_params
    try:
        kept = await _begun(request, signin)
        told = await signin.provider.redeem(
            _one(query.getlist("code")), verifier=kept["verifier"], nonce=kept["nonce"]
        )
        if not signin.provider.enough(told.acr):
            return _second_factor(request, kept["to"])
        principal = await _believed(signin, told)
    except NotGiven as refused:
        _log.info("desk.sign_in_refused", reason=refused.code)
        return show.page(request, "begin-again", 400, links=[(show.SIGN_IN, "signin.again")])
    before = secret_of(request.headers, signin.settings)
    if before:
        await signin.end(before)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    await signin.sessions.begin(
        secret, told, principal.worker, principal.organisation, signin.now()
    )
    answer = RedirectResponse(kept["to"], show.SEE_OTHER)
    _set(answer, signin, signin.settings.cookie, secret, None)
    return answer


async def sign_out(request: Request) -> Response:
    """End the session of this service."""
    signin = _signin(request)
    secret = secret_of(request.headers, signin.settings)
    if secret:
        await signin.end(secret)
    return _gone(signin, "/desk/signed-out")


async def sign_out_everywhere(request: Request) -> Response:
    """End the session here, and by the provider those of every other service."""
    signin = _signin(request)
    secret = secret_of(request.headers, signin.settings)
    told = await signin.end(secret) if secret else None
    if told is None:
        return _gone(signin, "/desk/signed-out")
    where = "everywhere" if await signin.provider.end(told.id_token) else "here"
    return _gone(signin, f"/desk/signed-out?where={where}")


async def signed_out(request: Request) -> Response:
    """Say that one is signed out."""
    texts = {"everywhere": "signed-out-everywhere", "here": "signed-out-here-only"}
    text = texts.get(request.query_params.get("where", ""), "signed-out")
    other = f"{show.SIGN_IN}?as=somebody-else"
    links = [(show.SIGN_IN, "signin.again"), (other, "signin.as_other")]
    return show.page(request, text, links=links)


async def back_again(request: Request) -> Response:
    """Say, in the tab of a second sign-in, that the first tab waits."""
    if await current(request) is None:
        return RedirectResponse(show.SIGN_IN, show.SEE_OTHER)
    return show.page(request, "back-again")


async def leave(request: Request) -> Response:
    """'Exit this page': end everything, forget everything, be elsewhere at once.

    Nothing may keep the screen: the provider is told after the reply, and a database that is away
    is no reason to stay.
    """
    signin = _signin(request)
    secret = secret_of(request.headers, signin.settings)
    answer = _gone(signin, signin.settings.elsewhere)
    answer.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    try:
        told = await signin.end(secret) if secret else None
    except ProviderAway:
        _log.warning("desk.exit_unfinished")
        return answer
    if told is not None:
        answer.background = BackgroundTask(signin.provider.end, told.id_token)
    return answer


async def back_channel(request: Request) -> Response:
    """Hear from the provider that somebody signed out."""
    signin = _signin(request)
    try:
        statement = _one(parse_qs((await _body(request)).decode("ascii")).get("logout_token", []))
        sid = await signin.provider.ended(statement)
    except (NotGiven, ValueError):
        _log.warning("desk.logout_refused")
        return Response(status_code=400)
    count = await signin.sessions.end_provider_session(sid)
    _log.info("desk.signed_out_elsewhere", count=count)
    return Response(status_code=200)


ROUTES: Final = (
    Route("/sign-in", sign_in),
    Route("/signed-in", signed_in_back),
    Route("/sign-out", sign_out, methods=["POST"]),
    Route("/sign-out-everywhere", sign_out_everywhere, methods=["POST"]),
    Route("/signed-out", signed_out),
    Route("/back-again", back_again),
    Route("/exit", leave),
    Route("/back-channel-logout", back_channel, methods=["POST"]),
)


async def _begun(request: Request, signin: SignIn) -> Mapping[str, str]:
    """Give the attempt that this answer belongs to, begun in this very browser; once."""
    query = request.query_params
    kept = await signin.sessions.take(_one(query.getlist("state")), signin.now())
    browser = request.cookies.get(_browser(signin), "")
    if kept is None or not secrets.compare_digest(kept["browser"], named(browser).hex()):
        raise NotGiven("wrong-state")
    if query.get("iss", signin.settings.issuer).rstrip("/") != signin.settings.issuer:
        raise NotGiven("wrong-issuer")
    if "error" in query:
        raise NotGiven("refused-there")
    return kept


async def _believed(signin: SignIn, told: Told) -> Principal:
    """Give the principal of an access token that came with a code."""
    try:
        return await signin.tokens.principal(told.access)
    except Unauthorised as error:
        raise NotGiven("token-not-believed") from error


def _second_factor(request: Request, to: str) -> Response:
    again = f"{show.SIGN_IN}?{urlencode({'as': 'somebody-else', 'to': to})}"
    return show.page(request, "second-factor", 403, links=[(again, "signin.with_it")])


def _signin(request: Request) -> SignIn:
    signin: SignIn = request.app.state.signin
    return signin


def _one(values: list[str]) -> str:
    if len(values) != 1 or not values[0] or len(values[0]) > TEXT_MAX * 16:
        raise NotGiven("malformed")
    return values[0]


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > STATEMENT_MAX:
            raise ValueError("too long")
    return body


def _browser(signin: SignIn) -> str:
    """The cookie that ties attempts to the browser that began them."""
    return f"{signin.settings.cookie}_begins"


def _set(answer: Response, signin: SignIn, name: str, value: str, age: int | None) -> None:
    answer.set_cookie(
        name,
        value,
        max_age=age,
        path="/desk",
        secure=signin.settings.secure,
        httponly=True,
        samesite="lax",
    )


def _gone(signin: SignIn, to: str) -> Response:
    answer = RedirectResponse(to, show.SEE_OTHER)
    for name in (signin.settings.cookie, _browser(signin)):
        answer.delete_cookie(
            name, path="/desk", secure=signin.settings.secure, httponly=True, samesite="lax"
        )
    return answer
