"""The development provider over HTTP: what machines ask, and the pages people sign in on."""

import asyncio
import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from infra.idp import pages
from infra.idp.codes import ONE, TWO, Asked, Misdirected, Refused, SignIns
from infra.idp.desks import Desk
from infra.idp.learning import learn_on
from infra.idp.provider import Denied, Provider

FORM_MAX: Final = 16_384  # bytes
COOKIE: Final = "nrm_idp"
TELLING_S: Final = 3.0
UNKEPT: Final = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """What the provider's pages need beside the sign-ins.

    `public` is the address browsers use, `home` the copy's data folder, for the start page.
    """

    signs: SignIns
    public: str
    home: Path | None = None
    mailbox: str = ""


def application(provider: Provider, front: Front | None = None, access: str = "") -> Starlette:
    """Make the web application of a provider; without a front it knows machines only.

    While it is served it learns who may act from the service at `access`, where one is named.
    """

    @asynccontextmanager
    async def living(_: Starlette) -> AsyncIterator[None]:
        learning = asyncio.create_task(learn_on(provider, access)) if access else None
        yield
        if learning is not None:
            learning.cancel()

    async def discovery(_: Request) -> Response:
        more = {} if front is None else front.signs.discovery(front.public or provider.issuer)
        return JSONResponse(provider.discovery() | more)

    async def jwks(_: Request) -> Response:
        return JSONResponse(provider.jwks())

    async def token(request: Request) -> Response:
        answer = provider.token if front is None else front.signs.token
        try:
            return JSONResponse(answer(await read_form(request)), headers=UNKEPT)
        except Denied as denied:
            return JSONResponse({"error": denied.error}, denied.status, UNKEPT)

    async def alive(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    routes = [
        Route("/.well-known/openid-configuration", discovery),
        Route("/jwks", jwks),
        Route("/token", token, methods=["POST"]),
        Route("/healthz/live", alive),
        Route("/healthz/ready", alive),
    ]
    if front is not None:
        routes += _Pages(front).routes()
    return Starlette(lifespan=living, routes=routes)


async def read_form(request: Request) -> dict[str, str]:
    """Read a form of single ASCII values. Raises `Denied`."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_MAX:
            raise Denied("invalid_request")
    try:
        fields = parse_qs(
            body.decode("ascii"), strict_parsing=True, max_num_fields=20, keep_blank_values=True
        )
    except ValueError as error:
        raise Denied("invalid_request") from error
    if any(len(values) != 1 for values in fields.values()):
        raise Denied("invalid_request")
    return {name: values[0] for name, values in fields.items()}


class _Pages:
    """The pages: start, personas, second step, sign-out."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._signs = front.signs

    def routes(self) -> list[Route]:
        """Give the routes."""
        return [
            Route("/", self.start),
            Route("/style.css", self.style),
            Route("/authorize", self.ask),
            Route("/authorize/persona", self.persona, methods=["POST"]),
            Route("/authorize/second-step", self.second_step, methods=["POST"]),
            Route("/end-session", self.ask_end, methods=["GET"]),
            Route("/end-session", self.end, methods=["POST"]),
        ]

    async def start(self, _: Request) -> Response:
        """Say what this copy is."""
        desks = list(self._signs.desks.values())
        people = self._signs.personas.values()
        return _html(pages.start(desks, people, self._case(), self._front.mailbox))

    async def style(self, _: Request) -> Response:
        """Give the one style sheet."""
        return Response(pages.STYLE, media_type="text/css")

    async def ask(self, request: Request) -> Response:
        """Answer an authorization request: at once for whom is signed in, else by the pages."""
        if any(len(request.query_params.getlist(name)) > 1 for name in request.query_params):
            return _unknown()
        try:
            asked = self._signs.ask(request.query_params)
        except Misdirected:
            return _unknown()
        except Refused as refused:
            return self._back(self._signs.back(refused.asked, error=refused.error))
        login = self._signs.login_of(request.cookies.get(COOKIE, ""))
        if login is not None and asked.prompt not in {"login", "select_account"}:
            if login.acr == TWO or not asked.needs_two():
                return self._back(self._signs.answer(asked, login))
            if asked.prompt != "none":
                return self._second(self._signs.keep(asked), str(login.persona.worker), asked)
        if asked.prompt == "none":
            return self._back(self._signs.back(asked, error="login_required"))
        people = self._signs.personas.values()
        return _html(pages.choose(self._signs.keep(asked), asked.desk, people), asked.desk)

    async def persona(self, request: Request) -> Response:
        """Take the choice of a persona."""
        form, asked = await self._asked(request)
        persona = self._signs.personas.get(form.get("persona", ""))
        if asked is None or persona is None:
            return _unknown()
        if asked.needs_two():
            return self._second(form["ticket"], form["persona"], asked)
        return self._complete(request, asked, form["persona"], ONE)

    async def second_step(self, request: Request) -> Response:
        """Take the second step, or its refusal."""
        form, asked = await self._asked(request)
        if asked is None or form.get("persona", "") not in self._signs.personas:
            return _unknown()
        if form.get("without"):
            return self._complete(request, asked, form["persona"], ONE)
        shown = _number(form["ticket"])
        if not secrets.compare_digest(form.get("code", "").strip(), shown):
            return self._second(form["ticket"], form["persona"], asked)
        return self._complete(request, asked, form["persona"], TWO)

    async def ask_end(self, request: Request) -> Response:
        """Ask before everything is ended; a token never comes in an address."""
        login = self._signs.login_of(request.cookies.get(COOKIE, ""))
        if login is None:
            return _html(pages.message("You are signed out", "Nobody is signed in here."))
        return _html(pages.sign_out({"all": "1"}))

    async def end(self, request: Request) -> Response:
        """End a login by the browser's cookie or a client's hint, and tell every service."""
        try:
            form = await read_form(request)
        except Denied:
            return _unknown()
        hint = form.get("id_token_hint", "")
        cookie = request.cookies.get(COOKIE, "") if _same_site(request) else ""
        login = self._signs.hinted(hint) if hint else self._signs.login_of(cookie)
        if login is not None:
            await asyncio.gather(*(_tell(*one) for one in self._signs.end(login)))
        answer = _html(pages.message("You are signed out", "You are signed out of every service."))
        answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
        return answer

    def _second(self, ticket: str, persona: str, asked: Asked) -> Response:
        return _html(pages.second_factor(ticket, persona, _number(ticket)), asked.desk)

    def _complete(self, request: Request, asked: Asked, worker: str, acr: str) -> Response:
        before = self._signs.login_of(request.cookies.get(COOKIE, ""))
        persona = self._signs.personas[worker]
        if before is not None and before.persona == persona and acr == before.acr:
            return self._back(self._signs.answer(asked, before))
        login, cookie = self._signs.begin(persona, acr)
        answer = self._back(self._signs.answer(asked, login))
        secure = self._front.public.startswith("https:")
        answer.set_cookie(COOKIE, cookie, httponly=True, samesite="lax", secure=secure)
        return answer

    @staticmethod
    def _back(address: str) -> Response:
        return RedirectResponse(address, 303, {**UNKEPT, "Referrer-Policy": "no-referrer"})

    async def _asked(self, request: Request) -> tuple[Mapping[str, str], Asked | None]:
        try:
            form = await read_form(request)
        except Denied:
            return {}, None
        return form, self._signs.kept(form.get("ticket", "")) if _same_site(request) else None

    def _case(self) -> str:
        """Give the code of the demonstration case, once there is one."""
        if self._front.home is None:
            return ""
        try:
            found = json.loads((self._front.home / "demonstration.json").read_text("utf-8"))
            return str(found.get("code", ""))
        except (OSError, ValueError, AttributeError):
            return ""


async def _tell(desk: Desk, statement: str) -> None:
    """Tell a service of a sign-out; one that is away learns it at its next refresh."""
    try:
        async with httpx2.AsyncClient(timeout=TELLING_S) as client:
            await client.post(desk.back_channel, data={"logout_token": statement})
    except httpx2.HTTPError:
        return


def _number(ticket: str) -> str:
    """Give the six digits of a request's second step."""
    return f"{int(hashlib.sha256(ticket.encode()).hexdigest(), 16) % 1_000_000:06d}"


def _same_site(request: Request) -> bool:
    return request.headers.get("sec-fetch-site", "same-origin") == "same-origin"


def _unknown() -> Response:
    sentence = "This sign-in is not known here, or it took too long. Go back and begin again."
    return _html(pages.message("Begin again", sentence), status=400)


def _html(text: str, desk: Desk | None = None, *, status: int = 200) -> Response:
    # A form's answer leads to the desk: browsers hold the whole chain against form-action.
    parts = urlsplit(desk.public) if desk is not None else None
    target = f" {parts.scheme}://{parts.netloc}" if parts is not None else ""
    policy = (
        "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
        f"form-action 'self'{target}"
    )
    headers = {
        **UNKEPT,
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return HTMLResponse(text, status, headers)


__all__ = ["COOKIE", "Front", "application", "read_form"]
